import ArgumentParser
import PrecacheClient
import PrecacheModel

/// `precache job list`.
struct JobListCommand: ServiceCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List jobs, newest first.")

    @Option(
        help: ArgumentHelp(
            "Only jobs in this state: \(JobState.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "state"
        ),
        transform: { try CheckedWord.state($0) }
    )
    var state: String?

    @Option(help: ArgumentHelp("Only jobs of this aggregate.", valueName: "name"))
    var aggregate: String?

    @Option(help: ArgumentHelp("At most so many.", valueName: "n"), transform: CheckedArgument.positive)
    var limit: Int = 50

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let printer = ListPrinter<JobView>(
            columns: [
                .text("ID"), .text("AGGREGATE"), .text("STATE"), .number("HOSTS"), .text("RESULTS"),
                .text("CREATED"),
            ],
            empty: "No jobs.",
            cells: { job in
                [
                    job.id, job.aggregate, job.state, "\(job.hosts.done)/\(job.hosts.total)",
                    JobProgress(job: job).countText, TimeText.short(job.createdAt),
                ]
            }
        )
        try await printer.run(context, limit: limit) { wanted, after throws(ClientError) in
            try await context.client.jobs(state: state, aggregate: aggregate, limit: wanted, after: after)
        }
        return .succeeded
    }
}
