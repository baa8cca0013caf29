import FanOut
import ImageService
import NovaAPI
import Outbox
import PrecacheModel
import ServiceAPI
package import Store

// Where stores meet those who need them. Each asks for what it needs in a protocol of its own.

extension StoredControllers: ControllerRecords {}
extension StoredInventory: InventoryRecords {}
extension StoredInventory: CoverageRecords {}
extension StoredInventory: NovaInventory {}
extension StoredJobs: JobRecords {}
extension StoredJobs: Ledger {}
extension StoredJobs: ResolutionLedger {}
extension StoredWebhooks: OutboxStore {}

/// What running downloads have fetched: of this controller's jobs what memory has, of others' what they wrote down.
struct DownloadProgress: ServiceAPI.LiveProgress {
    let own: FanOut.LiveProgress
    let jobs: StoredJobs

    func inFlight(of job: JobID) -> (bytes: Int64, generation: UInt64) {
        let sum = own.sum(of: job)
        guard sum.generation == 0 else { return (sum.bytesDone, sum.generation) }
        let bytes = jobs.othersBytes(of: job)
        return (bytes, UInt64(bytes))
    }

    /// A host's running downloads, which their controller alone knows.
    func inFlight(of job: JobID, host: Int) -> [Int: ByteProgress] {
        own.runningImages(of: job, host: host)
    }
}
