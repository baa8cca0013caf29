import PrecacheClient

/// Watches a job and writes how it ended.
struct JobReporter {
    let context: CommandContext

    /// Watches to the end.
    ///
    /// - Returns: The status of the job's state; that of the failure where the watch couldn't go on.
    func watch(_ first: Reply<JobView>) async throws -> ExitStatus {
        let job = first.value
        guard !job.isFinal else { return try await finish(first) }
        let watch = JobWatch(
            client: context.client,
            console: context.console,
            signals: context.signals,
            pace: context.watchPace
        )
        switch try await watch.run(job) {
        case .finished(let reply):
            return try await finish(reply)
        case .stopped(let error):
            try context.console.say(ErrorText.lines(error))
            if ExitStatus(of: error) == .noAnswer {
                try sayHowToGoOn(job.id, "Gave up watching")
            }
            return ExitStatus(of: error)
        case .interrupted:
            try sayHowToGoOn(job.id, "Stopped watching")
            return .interrupted
        }
    }

    private func finish(_ reply: Reply<JobView>) async throws -> ExitStatus {
        try await report(reply)
        return reply.value.jobState.map(ExitStatus.init(of:)) ?? .other
    }

    private func sayHowToGoOn(_ id: String, _ opening: String) throws {
        let id = TerminalText.escaped(id)
        try context.console.say([
            "\(opening); job \(id) goes on.",
            "  watch it:   precache job watch \(id)",
            "  cancel it:  precache job cancel \(id)",
        ])
    }

    private func report(_ reply: Reply<JobView>) async throws {
        let summary = JobSummary(job: reply.value)
        guard context.format == .table else {
            try context.console.say([summary.headline])
            return try context.print(json: reply.body)
        }
        try context.console.print([summary.headline])
        guard !summary.badOutcomes.isEmpty else { return }
        let (rows, more) = try await summary.badResults(by: context.client)
        try context.console.print([""])
        try context.print(JobSummary.table(rows))
        let id = TerminalText.escaped(reply.value.id)
        var hints: [String] = []
        if more > 0 {
            hints.append("and \(Quantity.count(more)) more; all of them: precache job results \(id) --bad")
        }
        hints.append("try again what did not end well: precache job retry \(id)")
        try context.console.say(hints)
    }
}
