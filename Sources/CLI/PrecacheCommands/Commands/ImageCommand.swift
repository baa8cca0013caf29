import ArgumentParser

/// `precache image …`.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "See and change the catalogue of images.",
        subcommands: [
            ImageListCommand.self, ImageShowCommand.self, ImageSetCommand.self, ImageDeleteCommand.self,
        ]
    )
}
