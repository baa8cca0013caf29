import PrecacheModel
import TextForms

/// Gives notices their bytes.
struct DeliveryWriter: Sendable {
    private let store: any OutboxStore
    private let cloud: CloudEvent
    private let nova: NovaNotification

    init(store: any OutboxStore, _ configuration: OutboxConfiguration) {
        self.store = store
        cloud = CloudEvent(hostName: configuration.hostName, pageURL: configuration.pageURL)
        nova = NovaNotification(hostName: configuration.hostName)
    }

    /// The delivery of a notice; nil if its job is gone.
    func delivery(_ notice: Notice, job: JobRecord) async throws(StoreError) -> Delivery? {
        switch notice.shape {
        case .event:
            var end: JobRecord?
            if notice.event.type == .finished {
                end = try await store.job(job.id)
                if end == nil { return nil }
            }
            return Delivery(
                id: notice.id,
                contentType: CloudEvent.contentType,
                body: cloud.body(notice, job: job, end: end)
            )
        case .novaStart, .novaEnd:
            guard let aggregate = try await store.aggregate(of: job.id, withHosts: true) else { return nil }
            return novaDelivery(notice.id, nova.phase(notice, aggregate))
        case .novaProgress(let completion):
            guard let aggregate = try await store.aggregate(of: job.id, withHosts: false) else { return nil }
            return novaDelivery(
                notice.id,
                nova.progress(notice, aggregate, completion, total: job.hostsTotal)
            )
        }
    }

    /// A delivery that tells of nothing but that deliveries arrive.
    func test(_ target: WebhookTarget, at now: Timestamp) -> Delivery {
        let id = UUIDText.make()
        switch target.entry.format {
        case .cloudevents:
            return Delivery(
                id: id,
                contentType: CloudEvent.contentType,
                body: cloud.test(id: id, webhook: target.entry.name, at: now)
            )
        case .nova: return novaDelivery(id, nova.test(id: id, at: now))
        }
    }

    private func novaDelivery(_ id: String, _ body: [UInt8]) -> Delivery {
        Delivery(id: id, contentType: NovaNotification.contentType, body: body)
    }
}
