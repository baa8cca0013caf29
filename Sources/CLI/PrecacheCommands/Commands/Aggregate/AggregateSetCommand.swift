import ArgumentParser
import PrecacheClient

/// `precache aggregate set NAME`.
struct AggregateSetCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Add an aggregate, or change it; what isn't given stays."
    )

    @Argument(help: "The aggregate's name.")
    var name: String

    @Option(help: ArgumentHelp("The availability zone that it makes.", valueName: "name"))
    var zone: String?

    @Option(
        help: ArgumentHelp(
            "Metadata; an empty value takes it away. May be repeated.",
            valueName: "key=value"
        ),
        transform: CheckedArgument.pair
    )
    var metadata: [NamedText] = []

    @Option(help: ArgumentHelp("A host to add. May be repeated.", valueName: "name"))
    var host: [String] = []

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        var known: AggregateView?
        do throws(ClientError) {
            known = try await context.client.aggregate(name).value
        } catch {
            guard error.kind == .notFound else { throw error }
        }
        var settings = AggregateSettings(of: known)
        settings.availabilityZone = zone ?? settings.availabilityZone
        settings.metadata = NamedText.merge(settings.metadata, metadata)
        var reply = try await context.client.setAggregate(name, settings)
        for host in host { reply = try await context.client.addHost(host, to: name) }
        try AggregateDetails.show(reply, context)
        return .succeeded
    }
}
