import Coverage
import FanOut
import PrecacheModel
import ServiceAPI
import Store

/// Plans jobs by what is known of the fleet, and by what came of the newest jobs.
struct JobPlanner: JobPlanning {
    private let inventory: StoredInventory
    private let rates: StoredRates
    private let rules: PlanRules
    private let now: @Sendable () -> Timestamp

    init(_ store: ServiceStore, _ fanOut: DispatcherConfiguration) {
        inventory = store.inventory
        rates = StoredRates(engine: store.engine, maxDownloads: fanOut.maxDownloadsPerSource)
        rules = PlanRules(
            maxInFlight: fanOut.maxInFlight,
            maxDownloads: fanOut.maxDownloadsPerSource,
            exchanges: fanOut.relay.map { relay in
                PlanRules.Exchanges(
                    minimumBytes: relay.minimumBytes,
                    minimumHosts: relay.minimumHosts,
                    // The seeds share one copy; another is what hosts that wait read beside them.
                    copies: 2,
                    usualParallelism: relay.usualParallelism
                )
            }
        )
        now = { store.controllers.now() }
    }

    func plan(_ job: NewJob) async throws(StoreError) -> JobPlan? {
        let samples = try await rates.samples()
        let sources = Set(job.images.map { SourceKey(url: $0.url) })
        return JobPlan(
            job,
            on: try await inventory.fleet(),
            rules,
            TransferRates(samples, from: sources),
            at: now()
        )
    }
}
