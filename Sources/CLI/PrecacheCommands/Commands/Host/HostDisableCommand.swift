import ArgumentParser
import PrecacheClient

/// `precache host disable NAME`.
struct HostDisableCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Keep a host out of jobs; its results say so."
    )

    @Argument(help: "The host's name.")
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await HostChange.apply(to: name, mustExist: true, context) { settings in
            settings.enabled = false
        }
    }
}
