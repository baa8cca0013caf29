import HTTPDoor
import HTTPServing
import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel

extension ServiceRoutes {
    static func addJobs(to table: inout RouteTable) {
        table.on(.post, "/v1/aggregates/{aggregate}/images", .operator) { try await $0.cache($1) }
        table.on(.get, "/v1/jobs", .reader) { try await $0.listJobs($1) }
        table.atOnce(.get, "/v1/jobs/{job}", .reader) { try $0.showJob($1) }
        table.on(.get, "/v1/jobs/{job}/results", .reader) { try await $0.listResults($1) }
        table.on(.get, "/v1/jobs/{job}/events", .reader) { try await $0.events($1) }
        table.on(.get, "/v1/events", .reader) { try await $0.eventsOfAll($1) }
        table.on(.post, "/v1/jobs/{job}/cancel", .operator) { try await $0.cancel($1) }
        table.on(.post, "/v1/jobs/{job}/retry", .operator) { try await $0.retry($1) }
    }

    private func cache(_ call: Call) async throws -> Response {
        try call.refuseQuery()
        let key = try call.aggregate()
        let read = try await call.request.document { [idempotency] body, bytes throws(Problem) in
            let claim = try idempotency.claim(of: call, body: bytes)
            var problems = InputProblems()
            return (order: CacheOrder(body, &problems), problems: problems, claim: claim)
        }
        try await door.admitAgain(call)
        if let order = read.order, order.isTrial { return try await showPlan(order, for: key) }
        // A request that was taken before is answered as then, whatever the service would say of it now.
        if let claim = read.claim, let job = try await dependencies.jobs.replay(claim) {
            return accepted(job, isReplay: true)
        }
        guard let order = read.order else { throw Problem(read.problems) }
        var job = NewJob(
            id: .make(),
            aggregate: key,
            images: try await references(order, for: key),
            limits: limits(order),
            requestedBy: call.caller.name,
            account: call.caller.share
        )
        job.trace = call.request.trace
        job.predictedTime = await dependencies.plans.time(of: job)
        let acceptance = try await dependencies.jobs.createJob(job, claim: read.claim)
        if !acceptance.isReplay {
            let unverified = job.images.count { $0.allowsUnverified }
            tell(acceptance.job, call, "job accepted", ["may_be_unverified": "\(unverified)"])
        }
        return accepted(acceptance.job, isReplay: acceptance.isReplay)
    }

    /// What a job would do; nothing is written, and an Idempotency-Key isn't looked at.
    private func showPlan(_ order: CacheOrder, for key: AggregateKey) async throws -> Response {
        let images = try await references(order, for: key)
        let job = NewJob(id: .make(), aggregate: key, images: images, limits: limits(order))
        guard let plan = try await dependencies.plans.plan(job) else {
            throw Problem.missing("aggregate", key.text)
        }
        var json = JSONWriter(capacity: 2_048)
        json.plan(plan)
        return .json(json.bytes)
    }

    /// What is known of the images; an aggregate that isn't there is told before an image that isn't.
    private func references(
        _ order: CacheOrder,
        for key: AggregateKey
    ) async throws -> [ImageReference] {
        do {
            return try await images.references(order.images, allowsUnverified: order.allowsUnverified)
        } catch {
            guard try await dependencies.inventory.aggregate(key) != nil else {
                throw Problem.missing("aggregate", key.text)
            }
            throw error
        }
    }

    private func limits(_ order: CacheOrder) -> JobLimits {
        var limits = dependencies.defaults
        if let parallelism = order.parallelism { limits.parallelism = parallelism }
        if let hostTimeout = order.hostTimeout { limits.hostTimeout = hostTimeout }
        if let maxAttempts = order.maxAttempts { limits.maxAttempts = maxAttempts }
        if let deadline = order.deadline { limits.deadline = deadline }
        limits.keep = order.keep
        limits.priority = order.priority
        return limits
    }

    private func listJobs(_ call: Call) async throws -> Response {
        let query = try Query(call.request, knows: ["state", "aggregate", "policy", "id", "limit", "after"])
        let state = try query.choice("state", JobState.self)
        let aggregate = try query.value("aggregate") { text throws(InvalidValue) in try AggregateName(text) }
        let policy = try query.value("policy") { text throws(InvalidValue) in try PolicyName(text) }
        let prefix = try query.value("id") { text throws(InvalidValue) in try JobID.prefix(text) }
        let filter = JobFilter(
            states: state.map { [$0] } ?? [],
            aggregate: aggregate,
            idPrefix: prefix,
            policy: policy
        )
        let page = try await dependencies.jobs.jobs(filter, try query.page())
        let now = dependencies.clock()
        return Answers.page("jobs", page) { json, job in
            json.job(job, at: now, bytesInFlight: dependencies.progress.bytesInFlight(of: job))
        }
    }

    /// What is asked most of all: at once if memory knows the job, for whoever doesn't want to wait.
    private func showJob(_ call: Call) throws -> Reply {
        let id = try call.job()
        guard call.request.query == nil else {
            return later(call) { [self] in
                let query = try Query(call.request, knows: ["wait", "revision"])
                let wait = try query.integer("wait", 0...300) ?? 0
                let revision = try query.integer("revision", 0...Int(Int64.max)) ?? 0
                let job = try await watch.end(of: id, since: Int64(revision), within: .seconds(wait)) {
                    [door] in
                    await door.stillAdmits(call.request, .reader)
                }
                return .json(statuses.status(of: job))
            }
        }
        if let known = statuses.status(of: id) { return .ready(.json(known)) }
        return later(call) { [self] in .json(statuses.status(of: try await watch.job(id))) }
    }

    private func listResults(_ call: Call) async throws -> Response {
        let id = try call.job()
        let query = try Query(call.request, knows: ["host", "image", "outcome", "reason", "limit", "after"])
        let filter = ResultFilter(
            host: try query.value("host") { text throws(InvalidValue) in try HostName(text) },
            image: try query.value("image") { text throws(InvalidValue) in try ImageID(text) },
            outcomes: try query.choice("outcome", Outcome.self).map { [$0] } ?? [],
            reason: try query.choice("reason", Reason.self)
        )
        let page = try await dependencies.jobs.results(of: id, filter, try query.page())
        return Answers.page("results", page) { json, result in
            let progress =
                result.outcome == .running
                ? dependencies.progress.inFlight(of: id, host: result.hostOrdinal)[result.imageOrdinal] : nil
            json.result(result, progress: progress)
        }
    }

    /// The last event that a client of server-sent events has (WHATWG HTML, section 9.2).
    private static let lastEventID = HTTPField.Name.known("Last-Event-ID")

    private func events(_ call: Call) async throws -> Response {
        let id = try call.job()
        try call.refuseQuery()
        let after = try call.request.header(Self.lastEventID).map { try eventID($0, of: "Last-Event-ID") }
        _ = try await watch.job(id)
        return stream(.job(id), after: after ?? 0, call)
    }

    private func eventsOfAll(_ call: Call) async throws -> Response {
        let query = try Query(
            call.request,
            knows: ["type", "aggregate", "outcome", "after"],
            repeats: ["type", "aggregate", "outcome"]
        )
        let filter = EventFilter(
            types: try query.choices("type", EventType.self),
            aggregates: Set(
                try query.values("aggregate", atMost: 64) { text throws(InvalidValue) in
                    try AggregateName(text)
                }
            ),
            outcomes: try query.choices("outcome", Outcome.self)
        )
        // The header is the newer one: clients that come back send it, with the address that they first had.
        let header = try call.request.header(Self.lastEventID).map { try eventID($0, of: "Last-Event-ID") }
        let asked = try query["after"].map { try eventID($0, of: "after") }
        let (scope, after) = (EventScope.all(filter), header ?? asked ?? .max)
        // What can't be read now is refused now.
        _ = try await pages.batch(of: scope, after: after)
        return stream(scope, after: after, call)
    }

    private func eventID(_ text: String, of parameter: String) throws(Problem) -> Int64 {
        let isPlain = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isPlain, text.utf8.count <= 18, let number = Int64(text) else {
            throw Problem.parameter(parameter, "must be the id of an event", code: "bad_cursor")
        }
        return number
    }

    private func stream(_ scope: EventScope, after: Int64, _ call: Call) -> Response {
        let stream = EventStream(scope: scope, after: after, watch: watch, pages: pages) { [door] in
            await door.stillAdmits(call.request, .reader)
        }
        return Response(
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: .stream(length: nil, endless: true) { try await stream.write(to: $0) }
        )
    }

    private func cancel(_ call: Call) async throws -> Response {
        let id = try call.job()
        try call.refuseQuery()
        let job: JobRecord
        do throws(StoreError) {
            job = try await dependencies.jobs.cancelJob(id, requestedBy: call.caller.name)
        } catch {
            guard error.code == .conflict else { throw error }
            // It ended before: nothing to cancel, and that is as good.
            return accepted(try await watch.job(id))
        }
        tell(job, call, "job cancellation asked for")
        return accepted(job)
    }

    private func retry(_ call: Call) async throws -> Response {
        let id = try call.job()
        try call.refuseQuery()
        let claim = try idempotency.claim(of: call, body: [])
        if let claim, let job = try await dependencies.jobs.replay(claim) {
            return accepted(job, isReplay: true)
        }
        let old = try await watch.job(id)
        guard old.state.isFinal else {
            throw Problem(
                .conflict,
                "job_not_finished",
                "the job is \(old.state.rawValue): retry it when it has ended"
            )
        }
        guard old.results[.error] + old.results[.skipped] + old.results[.cancelled] > 0 else {
            throw Problem(.conflict, "nothing_to_retry", "everything in the job ended well")
        }
        let acceptance = try await dependencies.jobs.retryJob(
            id,
            as: .make(),
            requestedBy: call.caller.name,
            account: call.caller.share,
            trace: call.request.trace,
            claim: claim
        )
        if !acceptance.isReplay { tell(acceptance.job, call, "job accepted") }
        return accepted(acceptance.job, isReplay: acceptance.isReplay)
    }

    private func accepted(_ job: JobRecord, isReplay: Bool = false) -> Response {
        Answers.accepted(job, at: dependencies.clock(), isReplay: isReplay)
    }

    private func tell(_ job: JobRecord, _ call: Call, _ what: String, _ more: Logger.Metadata = [:]) {
        tell(
            what,
            call,
            ([
                "job": "\(job.id)", "aggregate": "\(job.aggregate)", "hosts": "\(job.hostsTotal)",
                "images": "\(job.images.count)",
            ] as Logger.Metadata).merging(more) { $1 }
        )
    }
}
