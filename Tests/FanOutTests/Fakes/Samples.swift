import FanOut
import Logging
import PrecacheModel
import Telemetry
import Testing

/// Ready-made values.
enum Samples {
    /// Where the wall clock of every test starts.
    static let start = Timestamp(microseconds: 1_800_000_000_000_000)

    static func image(_ name: String, from source: String = "http://images.example") throws -> ImageReference
    {
        ImageReference(
            id: try ImageID(name),
            name: nil,
            url: "\(source)/\(name)",
            sizeBytes: 100,
            digest: nil,
            diskFormat: .raw,
            allowsUnverified: true
        )
    }

    static func limits(
        parallelism: Parallelism = .hosts(1000),
        hostTimeout: Duration = .seconds(1800),
        maxAttempts: Int = 3,
        deadline: Duration = .seconds(21600)
    ) -> JobLimits {
        JobLimits(
            parallelism: parallelism,
            hostTimeout: hostTimeout,
            maxAttempts: maxAttempts,
            deadline: deadline
        )
    }

    static func job(
        hosts: Int,
        images: [String] = ["a"],
        sources: [String] = ["http://images.example"],
        limits: JobLimits = limits()
    ) throws -> FakeJob {
        let images = try images.enumerated().map { index, name in
            try image(name, from: sources[index % sources.count])
        }
        let open = OpenJob(
            id: JobID.make(),
            limits: limits,
            images: images,
            hostsTotal: hosts,
            isCancelRequested: false,
            createdAt: start
        )
        return FakeJob(open, hosts: try (0..<hosts).map { try HostName("host-\($0)") })
    }

    static func task(
        images: [ImageReference],
        attempt: Int = 1,
        job: JobID = JobID.make()
    ) throws -> AgentTask {
        AgentTask(
            id: TaskID(job: job, host: 0),
            job: job,
            attempt: attempt,
            timeout: .seconds(3_600),
            images: images.map { OrderedImage($0) }
        )
    }

    static func agent() throws -> AgentPlace {
        AgentPlace(host: try HostName("host-0"), address: "127.0.0.1", port: 7701)
    }

    static func outcome(_ outcome: Outcome, _ reason: Reason? = nil) -> ImageOutcome {
        ImageOutcome(outcome, reason: reason, isRetryable: reason?.isRetryable ?? false)
    }

    static func told(_ image: String, _ outcome: Outcome, _ reason: Reason? = nil) throws -> AgentEvent {
        .outcome(image: try ImageID(image), self.outcome(outcome, reason))
    }
}

extension AgentTask {
    /// The host's number within the job.
    var hostOrdinal: Int { id.text.split(separator: ".").last.flatMap { Int($0) } ?? -1 }
}
