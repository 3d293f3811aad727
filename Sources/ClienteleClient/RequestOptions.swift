public import HTTPTypes

/// What one call does otherwise than the client's calls do.
public struct RequestOptions: Sendable, Hashable {
    /// How long each attempt may take; nil is the client's own bound.
    public var timeout: Duration?
    /// How often the call is tried; nil is the client's own policy.
    public var retry: RetryPolicy?
    /// Headers that are added to the call, or put in the place of the client's.
    public var headers: HTTPFields
    /// The key under which the server does the call once, up to 255 characters; nil has the client make one.
    ///
    /// Give one where the call must not be done twice although the program that makes it starts again in between.
    public var idempotencyKey: String?
    /// The version that the record must have for the change to be made, from its `stateVersion`; else the call throws
    /// `ClienteleError/preconditionFailed(_:)`.
    public var ifVersion: Int64?

    /// Changes nothing unless told.
    public init(
        timeout: Duration? = nil,
        retry: RetryPolicy? = nil,
        headers: HTTPFields = [:],
        idempotencyKey: String? = nil,
        ifVersion: Int64? = nil
    ) {
        self.timeout = timeout
        self.retry = retry
        self.headers = headers
        self.idempotencyKey = idempotencyKey
        self.ifVersion = ifVersion
    }
}
