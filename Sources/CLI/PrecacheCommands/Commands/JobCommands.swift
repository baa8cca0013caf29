import ArgumentParser
import PrecacheClient
import PrecacheModel

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

/// `precache job list`.
struct JobListCommand: ServiceCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List jobs, newest first.")

    @Option(
        help: ArgumentHelp(
            "Only jobs in this state: \(JobState.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "state"
        ),
        completion: .words(JobState.self),
        transform: { try CheckedWord.state($0) }
    )
    var state: String?

    @Option(
        help: ArgumentHelp("Only jobs of this aggregate.", valueName: "name"),
        completion: NameCompletion.aggregate.kind
    )
    var aggregate: String?

    @Option(
        help: ArgumentHelp("Only jobs that this policy made.", valueName: "name"),
        completion: NameCompletion.policy.kind
    )
    var policy: String?

    @Option(help: ArgumentHelp("At most so many.", valueName: "n"), transform: CheckedArgument.positive)
    var limit: Int = 50

    @OptionGroup
    var list: ListOptions

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let printer = ListPrinter<JobView>(
            columns: [
                .id("ID", \.id), .text("AGGREGATE", \.aggregate), .text("STATE", \.state),
                .text("HOSTS") { "\($0.hosts.done)/\($0.hosts.total)" },
                .time("CREATED", \.createdAt), .time("STARTED", wide: true, \.startedAt),
                .time("FINISHED", wide: true, \.finishedAt), .text("POLICY", wide: true, \.policy),
                .prose("IMAGES", wide: true) { $0.images?.map(\.id).joined(separator: ", ") },
                .prose("RESULTS") { JobProgress(job: $0).countText },
            ],
            empty: "No jobs.",
            name: \.id
        )
        try await printer.run(context, list, limit: limit) { wanted, after throws(ClientError) in
            try await context.client.jobs(
                state: state,
                aggregate: aggregate,
                policy: policy,
                limit: wanted,
                after: after
            )
        }
        return .succeeded
    }
}

/// `precache job show ID`.
struct JobShowCommand: ServiceCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show how a job stands.")

    @Argument(help: "The job's id, its beginning, or @latest.", completion: NameCompletion.job.kind)
    var id: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let reply = try await context.client.job(context.job(id))
        let job = reply.value
        let progress = JobProgress(job: job)
        try context.show(
            reply.body,
            [
                ("Job", job.id),
                ("Aggregate", job.aggregate),
                ("State", job.state),
                ("Waits for", job.waitingFor.map(JobProgress.waiting(for:))),
                ("Hosts", "\(Quantity.count(job.hosts.done)) of \(Quantity.count(job.hosts.total)) done"),
                ("Results", progress.countText),
                ("Reasons", progress.reasonText.isEmpty ? nil : progress.reasonText),
                ("Bytes", progress.bytes),
                ("In vain", (job.bytes?.inVain).flatMap { $0 > 0 ? Quantity.bytes($0) : nil }),
                ("Exchange", progress.transfer.isEmpty ? nil : progress.transfer.joined(separator: ", ")),
                ("Seeds", progress.seeds),
                ("Beware", job.transfer?.notes.flatMap { $0.isEmpty ? nil : $0.joined(separator: "; ") }),
                ("Images", job.images.map { images in images.map(Self.label).joined(separator: ", ") }),
                ("Keep", job.keepSeconds.map { Quantity.duration(.seconds($0)) }),
                ("Created", TimeText.short(job.createdAt)),
                ("Started", TimeText.short(job.startedAt)),
                ("Foretold", TimeText.short(job.predictedFinishAt)),
                ("Finished", TimeText.short(job.finishedAt)),
                (job.isFinal ? "Took" : "Running for", job.elapsed.map(Quantity.duration)),
                ("Asked by", job.requestedBy),
                ("Policy", job.policy),
                ("Priority", job.priority),
                ("Retry of", job.retryOf),
                ("Note", job.note),
                ("Page", context.page("jobs", job.id)),
            ]
        )
        return .succeeded
    }

    private static func label(_ image: JobView.Image) -> String {
        image.name.map { "\($0) (\(image.id))" } ?? image.id
    }
}

/// `precache job watch ID`.
struct JobWatchCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show a job's progress until it ends.",
        discussion: "The exit status tells how the job ended. Ctrl-C leaves the job running."
    )

    @Argument(help: "The job's id, its beginning, or @latest.", completion: NameCompletion.job.kind)
    var id: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await JobReporter(context: context).watch(try await context.client.job(context.job(id)))
    }
}

/// `precache job cancel ID`.
struct JobCancelCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel a job; what is cached already stays."
    )

    @Argument(help: "The job's id, its beginning, or @latest.", completion: NameCompletion.job.kind)
    var id: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let reply = try await context.client.cancelJob(context.job(id))
        if context.format.isDocument {
            try context.print(json: reply.body)
        } else {
            try context.console.say(Self.words(reply.value))
        }
        return .succeeded
    }

    private static func words(_ job: JobView) -> [String] {
        let state = TerminalText.escaped(job.state)
        let isCancelled = job.jobState == .cancelled
        guard isCancelled || !job.isFinal else { return ["The job had ended before: \(state)."] }
        let line =
            isCancelled
            ? "The job is cancelled."
            : "The job is being cancelled; it is \(state) until its hosts have stopped."
        guard let policy = job.policy else { return [line] }
        let name = TerminalText.escaped(policy)
        return [
            line, "Policy '\(name)' soon has another made, unless it is applied with enabled: false.",
        ]
    }
}

/// `precache job retry ID`.
struct JobRetryCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Try again what did not end well, as a new job.",
        discussion: "Prints the new job's id. With --wait it goes on as `precache cache --wait` does."
    )

    @Argument(
        help: "A job that has ended: its id, its beginning, or @latest.",
        completion: NameCompletion.job.kind
    )
    var id: String

    @Flag(help: "Wait for the new job's end and show its progress.")
    var wait = false

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let reply = try await context.client.retryJob(context.job(id))
        guard !wait else { return try await JobReporter(context: context).watch(reply) }
        return try JobAcceptance.show(reply, context)
    }
}
