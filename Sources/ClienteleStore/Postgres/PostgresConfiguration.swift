import CLibPQ

/// Where a PostgreSQL database is, and how it is used.
public struct PostgresConfiguration: Sendable {
    /// Why an address is no database's, told without the password that it may hold.
    public struct InvalidAddress: Error, CustomStringConvertible {
        public let description: String
    }

    /// The database as an operator may read it: `postgres://user@host:5432/name`, never with a password.
    public let name: String
    /// Connections that are open at once at the most, each with a thread of its own.
    public let connections: Int
    /// How long one statement may take before PostgreSQL ends it.
    ///
    /// 0 lets it take as long as it takes.
    public private(set) var statementTimeoutSeconds: Int
    /// Keywords and values, as libpq takes them.
    let parameters: [(keyword: String, value: String)]

    public static let defaultConnections = 10
    public static let defaultConnectTimeoutSeconds = 2
    public static let defaultStatementTimeoutSeconds = 10

    /// Takes an address such as `postgres://user:password@host:port/name?sslmode=verify-full`, or any other that libpq reads.
    ///
    /// A connection may take `connectTimeoutSeconds` to be made; libpq waits 2 seconds at the least.
    public init(
        address: String,
        connections: Int = defaultConnections,
        connectTimeoutSeconds: Int = defaultConnectTimeoutSeconds,
        statementTimeoutSeconds: Int = defaultStatementTimeoutSeconds
    ) throws(InvalidAddress) {
        let given = try Self.parse(address)
        func value(_ keyword: String) -> String? { given.first { $0.keyword == keyword }?.value }
        // What tells within seconds that the other side is gone, and who is connected.
        let standard = [
            ("connect_timeout", String(connectTimeoutSeconds)), ("keepalives_idle", "2"), ("keepalives_interval", "1"),
            ("keepalives_count", "2"), ("tcp_user_timeout", "3000"), ("application_name", "clientele"),
        ]
        self.parameters =
            given.filter { $0.keyword != Self.encoding.keyword } + [Self.encoding]
            + standard.filter { value($0.0) == nil }.map { (keyword: $0.0, value: $0.1) }
        self.connections = connections
        self.statementTimeoutSeconds = statementTimeoutSeconds
        let user = value("user").map { $0 + "@" } ?? ""
        let port = value("port").map { ":" + $0 } ?? ""
        self.name = "postgres://\(user)\(value("host") ?? "")\(port)/\(value("dbname") ?? "")"
    }

    /// Texts are UTF-8 here, whatever the address or the database says.
    private static let encoding = (keyword: "client_encoding", value: "UTF8")

    /// The same for work that takes its time.
    var withoutStatementTimeout: PostgresConfiguration {
        var configuration = self
        configuration.statementTimeoutSeconds = 0
        return configuration
    }

    /// What libpq reads in `address`.
    ///
    /// Its own words about what is wrong may quote the whole address, password and all, so they are not passed on.
    private static func parse(_ address: String) throws(InvalidAddress) -> [(keyword: String, value: String)] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(address, &message) else {
            PQfreemem(message)
            throw invalid
        }
        defer { PQconninfoFree(options) }
        var found: [(keyword: String, value: String)] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                found.append((String(cString: keyword), String(cString: value)))
            }
            option += 1
        }
        guard !found.contains(where: isPartOfPassword) else { throw invalid }
        return found
    }

    private static let invalid = InvalidAddress(
        description: "The database's address cannot be read. "
            + "It looks like postgres://user:password@host:5432/name?sslmode=verify-full, "
            + "with special characters of user and password written as %40."
    )

    /// Whether libpq took a piece of a password that was not escaped for something else.
    private static func isPartOfPassword(_ parameter: (keyword: String, value: String)) -> Bool {
        switch parameter.keyword {
        case "port": !parameter.value.allSatisfy { $0.isASCII && $0.isNumber || $0 == "," }
        case "host", "dbname": parameter.value.contains("@")
        default: false
        }
    }
}
