import PrecacheClient

/// Says that a job was accepted: its id alone on standard output, the rest on standard error.
enum JobAcceptance {
    static func show(_ reply: Reply<JobView>, _ context: CommandContext) throws -> ExitStatus {
        let job = reply.value
        if context.format == .json {
            try context.print(json: reply.body)
        } else {
            let id = TerminalText.escaped(job.id)
            try context.console.print([id])
            var lines = ["Accepted: \(JobProgress(job: job).subject)."]
            if let note = job.note, !note.isEmpty { lines.append("  " + TerminalText.escaped(note)) }
            try context.console.say(lines + ["  watch it: precache job watch \(id)"])
        }
        return .succeeded
    }
}
