/// A published API that the service speaks; a token is issued for one.
public enum Dialect: String, Sendable, CaseIterable {
    case polar
    case kirim
}
