import ArgumentParser
import PrecacheClient

/// `precache image show IMAGE`.
struct ImageShowCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show an image of the catalogue."
    )

    @Argument(help: "The image's id or name.")
    var image: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let id = try await ImageResolver(client: context.client).ids(of: [image]).first ?? image
        try ImageDetails.show(try await context.client.image(id), context)
        return .succeeded
    }
}
