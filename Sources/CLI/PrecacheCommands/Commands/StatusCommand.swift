import ArgumentParser
import PrecacheClient

/// `precache status`.
struct StatusCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show whether the service answers and is ready.",
        discussion: "Exit status 0: it is ready. 4: it doesn't answer, isn't ready, or refuses the token."
    )

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let status = try await context.client.serviceStatus()
        if context.format.isDocument {
            try context.print(document: Self.json(status, context))
        } else {
            try context.show(
                [],
                [
                    ("Service", context.client.transport.address),
                    ("Reachable", "yes"),
                    ("Ready", status.isReady ? "yes" : "no"),
                    ("Why not", status.detail),
                    ("Token", status.access),
                    ("Version", status.version),
                    ("Client", PrecacheProgram.version),
                ]
            )
        }
        return status.isReady && status.isAllowed ? .succeeded : .noAnswer
    }

    private static func json(_ status: ServiceStatus, _ context: CommandContext) -> DocumentNode {
        let place = DocumentPosition.start
        let text = { (text: String?) in DocumentNode.Content.text(text ?? "") }
        let fields: [(String, DocumentNode.Content)] = [
            ("url", text(context.client.transport.address)),
            ("ready", .word(status.isReady ? "true" : "false")),
            ("detail", status.detail.map { .text($0) } ?? .null),
            ("token_accepted", .word(status.isAllowed ? "true" : "false")),
            ("version", status.version.map { .text($0) } ?? .null),
            ("client_version", text(PrecacheProgram.version)),
        ]
        let entries = fields.map {
            DocumentNode.Entry(key: $0.0, position: place, value: DocumentNode($0.1, at: place))
        }
        return DocumentNode(.mapping(entries), at: place)
    }
}
