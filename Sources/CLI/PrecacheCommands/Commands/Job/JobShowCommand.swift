import ArgumentParser
import PrecacheClient

/// `precache job show ID`.
struct JobShowCommand: ServiceCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show how a job stands.")

    @Argument(help: "The job's id.")
    var id: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let reply = try await context.client.job(id)
        let job = reply.value
        let progress = JobProgress(job: job)
        try context.show(
            reply.body,
            [
                ("Job", job.id),
                ("Aggregate", job.aggregate),
                ("State", job.state),
                ("Hosts", "\(Quantity.count(job.hosts.done)) of \(Quantity.count(job.hosts.total)) done"),
                ("Results", progress.countText),
                ("Bytes", progress.bytes),
                ("Images", job.images.map { images in images.map(Self.label).joined(separator: ", ") }),
                ("Keep", job.keepSeconds.map { Quantity.duration(.seconds($0)) }),
                ("Created", TimeText.short(job.createdAt)),
                ("Started", TimeText.short(job.startedAt)),
                ("Finished", TimeText.short(job.finishedAt)),
                ("Retry of", job.retryOf),
                ("Note", job.note),
            ]
        )
        return .succeeded
    }

    private static func label(_ image: JobView.Image) -> String {
        image.name.map { "\($0) (\(image.id))" } ?? image.id
    }
}
