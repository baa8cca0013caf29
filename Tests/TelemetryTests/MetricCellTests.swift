import Telemetry
import Testing

@Suite("Metric cells")
struct MetricCellTests {
    @Test func countEveryChangeOfManyThreads() async {
        let registry = MetricsRegistry()
        let counter = registry.counter("c_total", help: "C.", labels: ["x"]).cell("1")
        let gauge = registry.gauge("g", help: "G.").cell()
        let histogram = registry.histogram("h", help: "H.", buckets: [1]).cell()
        await withDiscardingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<5_000 {
                        counter.increment()
                        gauge.add(1)
                        histogram.observe(0.5)
                    }
                }
            }
        }
        #expect(counter.value == 40_000)
        #expect(gauge.value == 40_000)
        #expect(String(decoding: registry.render(), as: UTF8.self).contains("h_sum 20000\nh_count 40000\n"))
    }

    @Test func aCounterNeverFalls() {
        let cell = MetricsRegistry().counter("c_total", help: "C.").cell()
        cell.increment(by: 5)
        cell.increment(by: -3)
        cell.increment(by: 0)
        #expect(cell.value == 5)
    }

    @Test func cellsAndLabelsNameTheSameSeries() {
        let registry = MetricsRegistry()
        let counter = registry.counter("c_total", help: "C.", labels: ["a", "b"])
        counter.cell("1", "2").increment()
        counter.increment("1", "2")
        #expect(counter.cell("1", "2").value == 2)
        #expect(counter.cell("2", "1").value == 0)
    }
}
