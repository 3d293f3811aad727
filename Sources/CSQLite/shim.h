#include <sqlite3.h>

/* Swift cannot call a C function that takes a variable number of arguments. */
static inline int clientele_sqlite_configure(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
