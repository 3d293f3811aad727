/// What dialects hold different rules about; the standard is the stricter one.
public struct CustomerRules: Sendable {
    /// Several customers may have one e-mail address.
    public var emailMayRepeat: Bool
    /// A customer without an e-mail address needs no owner that has one.
    public var ownerMayBeMissing: Bool
    /// A field that is sent with the value that it had counts as no modification.
    public var resendingIsNoChange: Bool

    public init(emailMayRepeat: Bool = false, ownerMayBeMissing: Bool = false, resendingIsNoChange: Bool = false) {
        self.emailMayRepeat = emailMayRepeat
        self.ownerMayBeMissing = ownerMayBeMissing
        self.resendingIsNoChange = resendingIsNoChange
    }
}
