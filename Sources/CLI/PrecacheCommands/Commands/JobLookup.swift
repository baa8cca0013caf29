import PrecacheClient
import PrecacheModel
import TextForms

/// Finds the job that a person means.
enum JobLookup {
    /// The newest job.
    static let latest = "@latest"

    /// As much of an id as tables show: enough to tell a job from millions of others, and to name it by.
    static func short(_ id: String) -> String { String(id.prefix(12)) }

    /// The most jobs that are named where several could be meant.
    private static let shown = 10

    /// The whole id of what may be its beginning, or ``latest``.
    ///
    /// Any other text is left for the service to judge.
    ///
    /// - Throws: ``ClientError`` where no job is meant, or more than one.
    static func id(of text: String, _ client: ServiceClient) async throws(ClientError) -> String {
        if text == latest {
            guard let job = try await client.jobs(limit: 1).value.items.first else {
                throw ClientError(.notFound, "there are no jobs yet", hint: "Start one with: precache cache")
            }
            return job.id
        }
        guard !UUIDText.isValid(text), let prefix = try? JobID.prefix(text) else { return text }
        let jobs = try await client.jobs(idPrefix: prefix, limit: shown + 1).value.items
        guard let job = jobs.first else {
            throw ClientError(
                .notFound,
                "no job's id begins with '\(text)'",
                hint: "See what there is with: precache job list"
            )
        }
        guard jobs.count == 1 else {
            let count = jobs.count > shown ? "more than \(shown)" : "\(jobs.count)"
            throw ClientError(
                .refused,
                "the ids of \(count) jobs begin with '\(text)'",
                fields: jobs.prefix(shown).map { job in
                    let facts = [job.state, job.aggregate, TimeText.short(job.createdAt)]
                    return .init(field: job.id, message: facts.compactMap { $0 }.joined(separator: ", "))
                },
                hint: "Give more of the id."
            )
        }
        return job.id
    }
}

extension CommandContext {
    /// The whole id of the job that a person means.
    func job(_ text: String) async throws(ClientError) -> String { try await JobLookup.id(of: text, client) }
}
