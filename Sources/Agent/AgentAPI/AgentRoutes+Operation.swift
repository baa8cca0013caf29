import APIDocuments
import HTTPServing
import HTTPTypes
import ImageCache
import Telemetry

extension AgentRoutes {
    func addOperation(to router: inout Router) {
        let (cache, metrics) = (cache, metrics)
        on(&router, .get, "/healthz") { _, _ in Self.text(Array("ok\n".utf8)) }
        on(&router, .get, "/readyz") { _, _ throws(Problem) in
            do throws(CacheError) {
                try await cache?.checkWritable()
            } catch {
                let detail = "the cache directory doesn't take files: \(error.description)"
                throw Problem(.serviceUnavailable, "not_ready", detail).retryAfter(10)
            }
            return Self.text(Array("ok\n".utf8))
        }
        on(&router, .get, "/metrics") { _, _ in
            Self.text(metrics.render(), type: MetricsRegistry.contentType)
        }
        on(&router, .get, "/openapi.yaml") { _, _ in
            Self.text(APIDocuments.agent, type: "application/yaml")
        }
    }
}
