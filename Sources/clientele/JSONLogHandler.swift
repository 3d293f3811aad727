import ClienteleCore
import ClienteleJSON
import Logging

/// Writes each message as one JSON object on a line of standard error.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var members: [JSON.Member] = [
            .init("time", .string(Surroundings.system.now().text)),
            .init("level", .string(event.level.rawValue)),
            .init("message", .string("\(event.message)")),
        ]
        let all = metadata.merging(event.metadata ?? [:]) { _, newer in newer }
        for (name, value) in all.sorted(by: { $0.key < $1.key }) { members.append(.init(name, .string("\(value)"))) }
        printError(JSON.object(members).text + "\n")
    }
}
