import BitCollections
import Coverage
import Logging
import Policies
import PrecacheModel
import ServiceAPI
import Store

extension PolicyKeeper {
    /// Makes jobs for what hosts lack, and stops those whose window has closed.
    func carryOut(_ round: PolicyRound, _ policies: [KeptPolicy], _ fleet: Fleet) async throws {
        let specs = Dictionary(uniqueKeysWithValues: policies.map { ($0.record.name, $0.record.spec) })
        for (name, status) in round.reconciliation.statuses {
            guard specs[name]?.windowEnd == .pause, status.nextWindowAt != nil else { continue }
            for job in status.openJobs { try await pause(job, of: name) }
        }
        // What is left is found by the next round: none is to keep the database for long.
        for job in round.reconciliation.jobs.prefix(Self.jobsAtOnce) {
            guard let spec = specs[job.policy] else { continue }
            for start in stride(from: 0, to: job.images.count, by: Self.imagesAtOnce) {
                var part = job
                part.images = Array(job.images[start..<min(start + Self.imagesAtOnce, job.images.count)])
                try await make(part, spec, fleet)
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

    private func make(_ job: Reconciliation.Job, _ spec: PolicySpec, _ fleet: Fleet) async throws {
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
            order: PolicyOrder(policy: job.policy, lacking: lacking)
        )
        new.predictedTime = await needs.plans.time(of: new)
        do throws(StoreError) {
            let made = try await needs.store.jobs.createJob(new, claim: nil).job
            needs.logger.info(
                "job made for a policy",
                metadata: ["policy": "\(job.policy)", "job": "\(made.id)", "hosts": "\(made.hostsTotal)"]
            )
        } catch {
            switch error.code {
            // Another controller was first, or the aggregate has just gone.
            case .conflict, .notFound: return
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
