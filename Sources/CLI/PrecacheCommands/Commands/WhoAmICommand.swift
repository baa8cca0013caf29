import ArgumentParser
import PrecacheClient

/// `precache whoami`.
struct WhoAmICommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami",
        abstract: "Show whom the service takes you for, and what you may do."
    )

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let reply = try await context.client.whoAmI()
        let caller = reply.value
        try context.show(
            reply.body,
            [
                ("Name", caller.name ?? "nobody in particular"),
                ("Role", caller.role ?? "everything is allowed"),
                ("Known by", Self.words(caller)),
                ("Project", caller.project),
                ("Expires", caller.authentication == "keystone" ? TimeText.short(caller.expiresAt) : nil),
                ("Service", context.client.transport.address),
                ("Context", context.settings?.context),
                ("Token from", context.settings?.token?.source),
            ]
        )
        return .succeeded
    }

    private static func words(_ caller: CallerView) -> String? {
        switch caller.authentication {
        case "token": "a token of the service's, which holds until it is revoked"
        case "keystone": "Keystone"
        case "none": "nothing: the service asks for no token"
        default: caller.authentication
        }
    }
}
