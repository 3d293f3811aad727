// Whoever imports this has the SDK too: only the initialiser is another.
@_exported public import ClienteleClient
