package import FanOut
import ImageService
import NovaAPI
import Outbox
package import PrecacheModel
import ServiceAPI
package import Store

// Where stores meet those who need them. Each asks for what it needs in a protocol of its own.

extension StoredControllers: ControllerRecords {}
extension StoredInventory: InventoryRecords {}
extension StoredInventory: NovaInventory {}
extension StoredJobs: JobRecords {}
extension StoredJobs: Ledger {}
extension StoredJobs: ResolutionLedger {}
extension StoredWebhooks: OutboxStore {}

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
