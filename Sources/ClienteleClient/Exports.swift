// Whoever imports the SDK names JSON values and HTTP messages without importing more.
@_exported public import ClienteleJSON
@_exported public import HTTPTypes
