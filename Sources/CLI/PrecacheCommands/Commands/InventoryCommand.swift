import ArgumentParser

/// `precache inventory …`.
struct InventoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory",
        abstract: "Apply a whole inventory, from a file or an OpenStack cloud.",
        subcommands: [InventoryApplyCommand.self, InventoryImportCommand.self]
    )
}
