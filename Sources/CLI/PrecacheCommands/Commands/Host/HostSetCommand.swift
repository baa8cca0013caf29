import ArgumentParser
import PrecacheClient

/// `precache host set NAME`.
struct HostSetCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Add a host, or change it; what isn't given stays."
    )

    @Argument(help: "The host's name, as Nova knows it.")
    var name: String

    @Option(help: "Where its agent listens: an IP address or a DNS name. Default: the host's name.")
    var address: String?

    @Option(help: "The agent's port. Default: 7701.", transform: CheckedArgument.port)
    var port: Int?

    @Option(
        help: ArgumentHelp("A label; an empty value takes it away. May be repeated.", valueName: "key=value"),
        transform: CheckedArgument.pair
    )
    var label: [NamedText] = []

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await HostChange.apply(to: name, mustExist: false, context) { settings in
            settings.address = address ?? settings.address
            settings.port = port ?? settings.port
            settings.labels = NamedText.merge(settings.labels, label)
        }
    }
}
