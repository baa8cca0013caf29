import ArgumentParser

/// A command that calls the service.
protocol ServiceCommand: ParsableCommand {
    /// What every command takes.
    var client: ClientOptions { get }

    /// Does the work and says how the program ends.
    func run(_ context: CommandContext) async throws -> ExitStatus
}
