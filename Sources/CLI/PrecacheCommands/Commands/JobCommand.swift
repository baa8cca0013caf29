import ArgumentParser

/// `precache job …`.
struct JobCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job",
        abstract: "See, watch, cancel and retry jobs.",
        subcommands: [
            JobListCommand.self, JobShowCommand.self, JobResultsCommand.self, JobWatchCommand.self,
            JobCancelCommand.self, JobRetryCommand.self, JobEventsCommand.self,
        ]
    )
}
