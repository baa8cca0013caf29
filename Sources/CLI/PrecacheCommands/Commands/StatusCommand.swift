import ArgumentParser
import PrecacheClient

/// `precache status`.
struct StatusCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show whether the service answers and is ready.",
        discussion: """
            Where several services share a database it lists them, with when each last said that it is alive; -o wide does so \
            for one, too. Exit status 0: it is ready. 4: it doesn't answer, isn't ready, or refuses the token.
            """
    )

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let status = try await context.client.serviceStatus()
        if context.format.isDocument {
            try context.print(document: try Self.json(status, context))
        } else {
            let controllers = status.controllers?.value ?? []
            let areShown = context.format == .wide || controllers.count > 1
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
                    ("Answered by", areShown ? controllers.first(where: \.answering)?.name : nil),
                ]
            )
            if areShown, context.format.isTable, !controllers.isEmpty {
                try context.console.print([""])
                try context.print(Self.table(controllers, isWide: context.format == .wide))
            }
        }
        return status.isReady && status.isAllowed ? .succeeded : .noAnswer
    }

    private static func table(_ controllers: [ControllerView], isWide: Bool) -> TextTable {
        let more: [TextTable.Column] = isWide ? [.number("NUMBER"), .text("STARTED"), .text("CLOCK")] : []
        var table = TextTable([.text("CONTROLLER"), .text("VERSION"), .text("BEAT"), .number("JOBS")] + more)
        for controller in controllers {
            // More digits than the eye needs, fewer than Double has.
            let offset = (controller.clockOffsetSeconds * 1_000).rounded() / 1_000
            table.add([
                controller.name, controller.version,
                Quantity.duration(.seconds(controller.beatAgeSeconds)) + " ago",
                Quantity.count(controller.openJobs), "\(controller.number)",
                TimeText.short(controller.startedAt), offset < 0 ? "\(offset)s" : "+\(offset)s",
            ])
        }
        return table
    }

    private static func json(_ status: ServiceStatus, _ context: CommandContext) throws -> DocumentNode {
        let place = DocumentPosition.start
        let text = { (text: String?) in DocumentNode.Content.text(text ?? "") }
        let fields: [(String, DocumentNode.Content)] = [
            ("url", text(context.client.transport.address)),
            ("ready", .word(status.isReady ? "true" : "false")),
            ("detail", status.detail.map { .text($0) } ?? .null),
            ("token_accepted", .word(status.isAllowed ? "true" : "false")),
            ("version", status.version.map { .text($0) } ?? .null),
            ("client_version", text(PrecacheProgram.version)),
            (
                "controllers",
                try status.controllers.flatMap { try context.json($0.body)["controllers"]?.content } ?? .null
            ),
        ]
        let entries = fields.map {
            DocumentNode.Entry(key: $0.0, position: place, value: DocumentNode($0.1, at: place))
        }
        return DocumentNode(.mapping(entries), at: place)
    }
}
