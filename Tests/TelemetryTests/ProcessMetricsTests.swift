import Glibc
import Testing

@testable import Telemetry

@Suite("ProcessMetrics")
struct ProcessMetricsTests {
    @Test func tellWhatTheKernelTellsOfThisProcess() {
        let registry = MetricsRegistry()
        ProcessMetrics.register(in: registry)
        let text = String(decoding: registry.render(), as: UTF8.self)
        #expect(!text.contains("NaN"))
        #expect(text.contains("# TYPE process_cpu_seconds_total counter"))
        #expect(ProcessMetrics.cpuSeconds() > 0)
        #expect(ProcessMetrics.residentBytes() > 1_000_000)
        #expect(ProcessMetrics.residentBytes() < 1e12)
        #expect(ProcessMetrics.descriptorLimit() >= 20)
    }

    @Test func countsOpenDescriptorsItsOwnLookLeftOut() async {
        // Alone in a process of its own: other tests open and close files meanwhile.
        await #expect(processExitsWith: .success) {
            // The test library of that process opens and closes a file now and then, too: one quiet moment is enough.
            let isRight = (0..<1_000).contains { _ in
                let before = ProcessMetrics.openDescriptors()
                let extra = dup(2)
                let during = ProcessMetrics.openDescriptors()
                close(extra)
                return during == before + 1 && ProcessMetrics.openDescriptors() == before && before >= 3
            }
            #expect(isRight)
        }
    }
}
