import HTTPTypes

extension HTTPFields {
    /// The value of the first field of that name.
    ///
    /// The subscript joins the values of all such fields, which costs several times as much.
    func first(_ name: HTTPField.Name) -> String? {
        for field in self where field.name == name { return field.value }
        return nil
    }
}

extension HTTPResponse.Status {
    static let paymentRequired = HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required")
}
