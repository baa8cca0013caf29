import ArgumentParser
import HTTPTypes
import PrecacheClient

/// `precache status`.
struct StatusCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show whether the service answers and is ready.",
        discussion: "Exit status 0: it is ready. 4: it doesn't answer, isn't ready, or refuses the token."
    )

    @OptionGroup(title: "Service")
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let status = try await context.client.serviceStatus()
        if context.format == .json {
            try context.print(json: status.json)
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
}
