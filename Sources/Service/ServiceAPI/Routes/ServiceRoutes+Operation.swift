import APIDocuments
import HTTPServing
import HTTPTypes
import PrecacheModel
import Telemetry

extension ServiceRoutes {
    func addOperation(to router: inout Router) {
        let readiness = dependencies.readiness
        let metrics = dependencies.metrics
        let stop = dependencies.stop
        open(&router, .get, "/healthz") { _ in Answers.text(Array("ok\n".utf8)) }
        open(&router, .get, "/readyz") { _ in
            let obstacle = stop.isRaised ? "the service is stopping" : readiness.obstacle()
            if let obstacle {
                throw Problem(.serviceUnavailable, "not_ready", obstacle).retryAfter(.seconds(2))
            }
            return Answers.text(Array("ok\n".utf8))
        }
        on(&router, .get, "/metrics", .reader) { _ in
            Answers.text(metrics.render(), type: MetricsRegistry.contentType)
        }
        on(&router, .get, "/openapi.yaml", .reader) { _ in
            Answers.text(APIDocuments.service, type: "application/yaml")
        }
    }
}
