package import FanOut
import ImageService
package import Inventory
package import JobStore
import NovaAPI
import Outbox
package import PrecacheModel
import ServiceAPI

// Where stores meet those who need them. Each asks for what it needs in a protocol of its own.

extension SQLiteInventory: HostRecords {}
extension SQLiteInventory: AggregateRecords {}
extension SQLiteInventory: CatalogueRecords {}
extension SQLiteInventory: NovaInventory {}
extension SQLiteJobs: JobRecords {}
extension SQLiteJobs: JobHistoryRecords {}
extension SQLiteJobs: LiveJobs {}
extension SQLiteJobs: Ledger {}
extension SQLiteJobs: ResolutionLedger {}
extension SQLiteTokens: TokenRecords {}
extension SQLiteWebhooks: OutboxStore {}

extension FanOut.LiveProgress: ServiceAPI.LiveProgress {
    /// A job's running downloads, summed up.
    package func inFlight(of job: JobID) -> (bytes: Int64, generation: UInt64) {
        let sum = sum(of: job)
        return (sum.bytesDone, sum.generation)
    }

    /// A host's running downloads.
    package func inFlight(of job: JobID, host: Int) -> [Int: ByteProgress] {
        runningImages(of: job, host: host)
    }
}
