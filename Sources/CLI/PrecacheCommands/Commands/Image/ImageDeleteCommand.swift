import ArgumentParser
import PrecacheClient

/// `precache image delete ID`.
struct ImageDeleteCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove an image from the catalogue; hosts keep what they cached."
    )

    @Argument(help: "The image's id.")
    var id: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await context.client.deleteImage(id)
        try context.console.say(["Deleted image '\(TerminalText.escaped(id))'."])
        return .succeeded
    }
}
