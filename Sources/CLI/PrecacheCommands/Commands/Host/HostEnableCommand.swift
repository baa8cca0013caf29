import ArgumentParser
import PrecacheClient

/// `precache host enable NAME`.
struct HostEnableCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Let a host take part in jobs."
    )

    @Argument(help: "The host's name.")
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await HostChange.apply(to: name, mustExist: true, context) { settings in
            settings.enabled = true
        }
    }
}
