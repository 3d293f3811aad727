import ClienteleTestSupport
import Foundation
import Synchronization
import Testing

@testable import ClienteleStore

@Suite("The address of a PostgreSQL database", .timeLimit(.minutes(10)))
struct PostgresConfigurationTests {
    /// Stands for a password, or a part of one, wherever an operator may have put it.
    private static let secret = "S3cr3t"

    @Test(arguments: [
        ("postgres://u:S3cr3t@h:5433/d", "postgres://u@h:5433/d"),
        ("postgresql://u:S3cr3t@h/d?sslmode=require", "postgres://u@h/d"),
        ("postgres://u:S3cr%33t@h/d", "postgres://u@h/d"),
        ("postgres://u@h/d?password=S3cr3t", "postgres://u@h/d"),
        ("postgres://h", "postgres://h/"),
        ("postgres:///d?host=h&user=u&password=S3cr3t", "postgres://u@h/d"),
        ("postgres://u:S3cr3t@h1:1,h2:2/d", "postgres://u@h1,h2:1,2/d"),
        ("host=h port=5433 user=u password=S3cr3t dbname=d", "postgres://u@h:5433/d"),
        ("host = h user=u password = 'S3cr3t' dbname=d", "postgres://u@h/d"),
        (#"user=u password='it\'s S3cr3t' sslpassword=S3cr3t dbname=d"#, "postgres://u@/d"),
        ("dbname=d", "postgres:///d"),
    ])
    func isTakenInEveryFormAndNamedWithoutThePassword(address: String, name: String) throws {
        let configuration = try PostgresConfiguration(address: address)
        #expect(configuration.name == name)
        #expect(StoreLocation.postgres(configuration).name == name)
        let password = configuration.parameters.first { $0.keyword == "password" }?.value
        #expect(password?.contains("S3cr3t") ?? !address.contains("3cr"))
    }

    @Test(arguments: [
        "postgres://u:S3cr3t@h/d?nonsense=S3cr3t", "postgres://u:S3%zzcr3t@h/d", "postgres://u:S3cr3t@[::1/d",
        "host=h password='S3cr3t", "S3cr3t", "password=my S3cr3t host=h", "mysql://u:S3cr3t@h/d", "S3cr3t=1",
        "postgres://u:S3cr3t@h/d?sslmode", "postgres://u:S3cr3t@h/d?%zz=1",
    ])
    func isRefusedWithoutBeingRepeated(address: String) throws {
        let error = #expect(throws: PostgresConfiguration.InvalidAddress.self) {
            try PostgresConfiguration(address: address)
        }
        let told = try #require(error).description
        #expect(told.hasPrefix("The database's address cannot be read."))
        #expect(!told.contains("3cr"))
        #expect(!"\(String(describing: error)) \(String(reflecting: error))".contains(address))
    }

    /// An address is read up to a character of the password that was not escaped, and the rest taken for the host.
    @Test(arguments: [
        "postgres://u:pa@S3cr3t@h/d", "postgres://u:pa/S3cr3t@h/d", "postgres://u:12/S3cr3t@h/d",
        "postgres://u:S3cr3t/d", "postgres://u:S3cr3t", "postgres://u:pa@S3cr3t/x@h/d",
    ])
    func isRefusedWhereItWouldShowAPartOfThePassword(address: String) throws {
        do {
            let configuration = try PostgresConfiguration(address: address)
            #expect(!configuration.name.contains(Self.secret))
        } catch {
            #expect(!error.description.contains(Self.secret))
        }
    }

    @Test func goesBeforeOurDefaults() throws {
        func values(_ address: String, _ keyword: String) throws -> [String] {
            try PostgresConfiguration(address: address, connectTimeoutSeconds: 5).parameters
                .filter { $0.keyword == keyword }.map(\.value)
        }
        let own = "postgres://h/d?application_name=mine&connect_timeout=7&keepalives_idle=60&tcp_user_timeout=9"
        let defaults = [
            ("application_name", "clientele", "mine"), ("connect_timeout", "5", "7"), ("keepalives_idle", "2", "60"),
            ("tcp_user_timeout", "3000", "9"), ("keepalives_interval", "1", "1"), ("keepalives_count", "2", "2"),
        ]
        for (keyword, standard, given) in defaults {
            #expect(try values("postgres://h/d", keyword) == [standard], "\(keyword)")
            #expect(try values(own, keyword) == [given], "\(keyword)")
        }
        // Texts are UTF-8 here, whatever the address or the database says.
        for address in ["postgres://h/d", "postgres://h/d?client_encoding=LATIN1"] {
            #expect(try values(address, "client_encoding") == ["UTF8"], "\(address)")
        }
    }

    @Test func isHowOperatorsTellOurConnectionsApart() async throws {
        try await withSchema { address in
            for (own, name) in [("", "clientele"), ("&application_name=mine", "mine")] {
                try await withPostgresStore(address + own) { store in
                    let shown = try await store.engine.readPoint { session in
                        try session.row("SELECT current_setting('application_name')") { $0.text(0) ?? "" }
                    }
                    #expect(shown == name)
                }
            }
        }
    }

    @Test func isToldToBeOfNobodyWhereNothingListens() async throws {
        let listener = try Listener()
        let port = listener.port
        listener.close()
        try await expectFailure("host=127.0.0.1 port=\(port) user=u password=S3cr3t dbname=d", "refused")
    }

    @Test func isGivenUpWhereNobodyAnswers() async throws {
        // The system takes the connection; no program ever accepts it.
        let listener = try Listener()
        let address = "postgres://u:S3cr3t@127.0.0.1:\(listener.port)/d"
        for ending in ["", "?sslmode=disable", "?sslmode=require"] {
            try await expectFailure(address + ending, "timeout expired")
        }
        listener.close()
    }

    @Test func isToldToBeWrongWhereSomethingElseAnswers() async throws {
        let listener = try Listener()
        listener.serve { connection in
            _ = connection.read(8)
            connection.write(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        }
        try await expectFailure("postgres://u:S3cr3t@127.0.0.1:\(listener.port)/d", "failed: received invalid response")
        try await expectFailure(
            "postgres://u:S3cr3t@127.0.0.1:\(listener.port)/d?sslmode=disable",
            "failed: expected authentication"
        )
        listener.close()
    }

    @Test func isToldToHaveAWrongPasswordWithoutShowingIt() async throws {
        let listener = try Listener()
        listener.serve { connection in
            let length = connection.read(4).reduce(0) { $0 << 8 | Int($1) }
            _ = connection.read(length - 4)
            // Asks for the password in clear.
            connection.write([UInt8(ascii: "R"), 0, 0, 0, 8, 0, 0, 0, 3])
            let answer = connection.read(5)
            _ = connection.read(Int(answer.last ?? 0) - 4)
            let fields = ["SFATAL", "VFATAL", "C28P01", "Mpassword authentication failed for user \"u\"", ""]
            let body = fields.flatMap { field -> [UInt8] in Array(field.utf8) + [0] }
            connection.write([UInt8(ascii: "E"), 0, 0, 0, UInt8(body.count + 4)] + body)
        }
        let address = "postgres://u:S3cr3t@127.0.0.1:\(listener.port)/d?sslmode=disable&gssencmode=disable"
        try await expectFailure(address, "password authentication failed for user \"u\"")
        listener.close()
    }

    @Test func isToldToNameARoleOrADatabaseThatIsNotThere() async throws {
        let address = try #require(ProcessInfo.processInfo.environment["CLIENTELE_TEST_DATABASE"])
        try await expectFailure(address + "?user=nobody_here&password=S3cr3t", "role \"nobody_here\" does not exist")
        try await expectFailure(address + "?dbname=nothing_here&password=S3cr3t", "\"nothing_here\" does not exist")
    }

    /// Expects no connection, soon, and without a word of the password.
    private func expectFailure(_ address: String, _ reason: String) async throws {
        let configuration = try PostgresConfiguration(address: address)
        let start = ContinuousClock.now
        let error = await #expect(throws: SQLError.self) {
            try await onThread { _ = try PostgresConnection(configuration) }
        }
        let told = error?.message ?? ""
        #expect(error?.kind == .unavailable, "\(told)")
        #expect(told.contains(reason), "\(told)")
        #expect(!told.contains(Self.secret) && !told.contains("\n"), "\(told)")
        // Without an end of its own, a connection would be tried for minutes.
        let seconds = Int64(PostgresConfiguration.defaultConnectTimeoutSeconds + 15)
        #expect(ContinuousClock.now - start < .seconds(seconds))
        let opening = await #expect(throws: StoreOpeningError.self) { try await openStore(.postgres(configuration)) }
        guard case .unusableDatabase(let name, let why)? = opening else {
            Issue.record("\(String(describing: opening))")
            return
        }
        #expect(name == configuration.name)
        #expect(why.contains(reason), "\(why)")
        #expect(opening?.description.contains(Self.secret) == false)
    }

    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }
}

/// A port of this machine that somebody listens on who is no PostgreSQL.
private final class Listener: Sendable {
    /// A connection that was taken.
    struct Connection {
        fileprivate let descriptor: Int32

        /// Reads so many bytes, or what there is before the end.
        func read(_ count: Int) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: max(0, count))
            let found = recv(descriptor, &bytes, bytes.count, Int32(MSG_WAITALL))
            return Array(bytes.prefix(max(0, found)))
        }

        func write(_ bytes: [UInt8]) { _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
    }

    let port: Int
    private let descriptor: Int32

    init() throws {
        #if canImport(Glibc)
        let kind = Int32(SOCK_STREAM.rawValue)
        #else
        let kind = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, kind, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(descriptor, address, size) == 0, listen(descriptor, 16) == 0 else { return errno }
                return getsockname(descriptor, address, &size)
            }
        }
        guard result == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        self.descriptor = descriptor
        self.port = Int(UInt16(bigEndian: address.sin_port))
    }

    /// Takes one connection after another, and lets each go when `answer` returns.
    func serve(_ answer: @escaping @Sendable (Connection) -> Void) {
        let descriptor = descriptor
        Thread.detachNewThread {
            while true {
                let taken = accept(descriptor, nil, nil)
                guard taken >= 0 else { return }
                answer(Connection(descriptor: taken))
                Foundation.close(taken)
            }
        }
    }

    func close() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        Foundation.close(descriptor)
    }
}
