import ArgumentParser

/// A command that calls the service.
protocol ServiceCommand: ParsableCommand {
    /// How its options name the service.
    associatedtype Client: ClientOptionSet

    /// What every command takes.
    var client: Client { get }

    /// Does the work and says how the program ends.
    func run(_ context: CommandContext) async throws -> ExitStatus
}
