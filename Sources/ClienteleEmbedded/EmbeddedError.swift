import ClienteleCore
import ClienteleStore

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Why a client could not be opened in this process.
public enum EmbeddedError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The data has several organizations, and the client's was not named.
    case severalOrganizations([Organization])
    /// The data has no organization of that id.
    case unknownOrganization(UUID)
    /// The data cannot be opened or read.
    case unusableData(reason: String)

    /// An organization that a client can be opened for.
    public struct Organization: Sendable, Hashable {
        /// The server's id.
        public let id: UUID
        /// What people call it.
        public let name: String

        /// Names an organization.
        public init(id: UUID, name: String) {
            self.id = id
            self.name = name
        }
    }

    /// What is wrong, and what can be done about it, for a person.
    public var description: String {
        switch self {
        case .severalOrganizations(let organizations):
            "The data has \(organizations.count) organizations. Name one of them with `organization:`: "
                + organizations.prefix(Self.namedMax).map { "\($0.id.uuidString.lowercased()) (\($0.name))" }
                .joined(separator: ", ") + (organizations.count > Self.namedMax ? ", …" : "") + "."
        case .unknownOrganization(let id): "The data has no organization \(id.uuidString.lowercased())."
        case .unusableData(let reason): reason
        }
    }

    /// How many organizations a message names: more than a person reads it need not.
    private static let namedMax = 10
}

extension EmbeddedError {
    /// What keeps data from being opened, in the words of whoever found out.
    init(opening error: any Error) {
        self =
            switch error {
            case let error as EmbeddedError: error
            case DomainError.unavailable(let cause), DomainError.fault(let cause):
                .unusableData(reason: "The data cannot be read: \(cause).")
            default: .unusableData(reason: "\(error)")
            }
    }
}
