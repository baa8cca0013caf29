import ArgumentParser

/// `precache aggregate …`.
struct AggregateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aggregate",
        abstract: "See and change the inventory's aggregates.",
        subcommands: [
            AggregateListCommand.self, AggregateShowCommand.self, AggregateSetCommand.self,
            AggregateDeleteCommand.self, AggregateAddHostCommand.self, AggregateRemoveHostCommand.self,
        ]
    )
}
