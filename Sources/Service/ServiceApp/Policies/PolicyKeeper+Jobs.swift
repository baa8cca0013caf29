import BitCollections
import Coverage
import Logging
import Policies
import PrecacheModel
import ServiceAPI
import Store
import Synchronization

extension PolicyKeeper {
    /// Makes jobs for what hosts lack, and stops those whose window has closed.
    func carryOut(
        _ round: PolicyRound,
        _ policies: [KeptPolicy],
        _ fleet: Fleet,
        knownAt: Timestamp
    ) async throws {
        let specs = Dictionary(uniqueKeysWithValues: policies.map { ($0.record.name, $0.record.spec) })
        for (name, status) in round.reconciliation.statuses {
            guard specs[name]?.windowEnd == .pause, status.nextWindowAt != nil else { continue }
            for job in status.openJobs { try await pause(job, of: name) }
        }
        // What is left is found by the next round: none is to keep the database for long.
        for job in round.reconciliation.jobs.prefix(Self.jobsAtOnce) {
            guard let spec = specs[job.policy] else { continue }
            for part in job.parts(images: Self.imagesAtOnce, results: needs.results) {
                try await make(part, spec, fleet, knownAt)
            }
        }
    }

    private static let jobsAtOnce = 200
    /// What agents take in one task, and so what a job may have.
    private static let imagesAtOnce = 256

    private func pause(_ job: JobID, of policy: PolicyName) async throws {
        do throws(StoreError) {
            _ = try await needs.store.jobs.cancelJob(job, requestedBy: "policy \(policy)")
            needs.logger.info(
                "a policy's window has closed: its job is stopped",
                metadata: ["policy": "\(policy)", "job": "\(job)"]
            )
        } catch {
            guard error.code != .conflict, error.code != .notFound else { return }
            throw error
        }
    }

    private func make(
        _ job: Reconciliation.Job,
        _ spec: PolicySpec,
        _ fleet: Fleet,
        _ knownAt: Timestamp
    ) async throws {
        let known = try await needs.store.inventory.images(job.images.map(\.id))
        var lacking: [Int64: [Int]] = [:]
        for (place, image) in job.images.enumerated() {
            for slot in image.hosts {
                guard let host = fleet.hosts[slot] else { continue }
                lacking[host.id, default: []].append(place)
            }
        }
        var limits = needs.defaults
        if let parallelism = spec.parallelism { limits.parallelism = parallelism }
        if let hostTimeout = spec.hostTimeout { limits.hostTimeout = hostTimeout }
        limits.priority = spec.priority
        var new = NewJob(
            id: .make(),
            aggregate: AggregateKey(job.aggregate.text),
            images: job.images.map { known[$0.id]?.reference ?? .unresolved($0.id) },
            limits: limits,
            account: "policy\n\(job.policy)",
            order: PolicyOrder(policy: job.policy, lacking: lacking, knownAt: knownAt)
        )
        new.predictedTime = await needs.plans.time(of: new)
        do throws(StoreError) {
            let made = try await needs.store.jobs.createJob(new, claim: nil).job
            needs.logger.info(
                "job made for a policy",
                metadata: [
                    "policy": "\(job.policy)", "job": "\(made.id)", "trace": "\(made.trace.traceID)",
                    "hosts": "\(made.hostsTotal)",
                ]
            )
        } catch {
            switch error.code {
            // Another controller was first: what has come of it shows in the next round.
            case .conflict: state.withLock { $0.asked.isForAll = true }
            // The aggregate has just gone.
            case .notFound: return
            case .tooMany, .tooLarge:
                needs.logger.warning(
                    "no job can be made for a policy",
                    metadata: ["policy": "\(job.policy)", "error": "\(error.message)"]
                )
            default: throw error
            }
        }
    }
}

extension Reconciliation.Job {
    /// The same in jobs of at most so many images and results, one for each image on each host.
    func parts(images most: Int, results: Int) -> [Reconciliation.Job] {
        var parts: [Reconciliation.Job] = []
        for start in stride(from: 0, to: images.count, by: most) {
            let some = images[start..<min(start + most, images.count)]
            let hosts = Array(some.reduce(into: BitSet()) { $0.formUnion($1.hosts) })
            let width = max(1, results / some.count)
            for first in stride(from: 0, to: hosts.count, by: width) {
                let those = BitSet(hosts[first..<min(first + width, hosts.count)])
                var part = self
                part.images = some.compactMap { image in
                    let own = image.hosts.intersection(those)
                    return own.isEmpty ? nil : .init(id: image.id, hosts: own)
                }
                parts.append(part)
            }
        }
        return parts
    }
}
