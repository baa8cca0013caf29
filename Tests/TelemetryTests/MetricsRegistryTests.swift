import Synchronization
import Telemetry
import Testing

@Suite("MetricsRegistry")
struct MetricsRegistryTests {
    func text(_ registry: MetricsRegistry) -> String { String(decoding: registry.render(), as: UTF8.self) }

    @Test func rendersCountersAndGaugesFamiliesAndSeriesInOrder() {
        let registry = MetricsRegistry()
        let requests = registry.counter(
            "http_requests_total",
            help: "Requests.",
            labels: ["route", "status"]
        )
        let hosts = registry.gauge("hosts", help: "Hosts.", labels: ["state"])
        requests.increment("/v1/jobs", "200")
        requests.increment(by: 2, "/healthz", "200")
        requests.increment("/v1/jobs", "200")
        hosts.set(2.5, "up")
        hosts.add(-1, "up")
        #expect(
            text(registry) == """
                # HELP hosts Hosts.
                # TYPE hosts gauge
                hosts{state="up"} 1.5
                # HELP http_requests_total Requests.
                # TYPE http_requests_total counter
                http_requests_total{route="/healthz",status="200"} 2
                http_requests_total{route="/v1/jobs",status="200"} 2

                """
        )
    }

    @Test func aMetricWithoutLabelsIsThereFromTheStartOneWithLabelsIsNot() {
        let registry = MetricsRegistry()
        _ = registry.counter("a_total", help: "A.")
        _ = registry.counter("b_total", help: "B.", labels: ["x"])
        #expect(text(registry).contains("\na_total 0\n"))
        #expect(text(registry).hasSuffix("# TYPE b_total counter\n"))
    }

    @Test func escapesLabelValuesAndHelpSoThatNoValueMakesALine() {
        let registry = MetricsRegistry()
        let counter = registry.counter("c_total", help: "A \\ and\na \"quote\".", labels: ["v"])
        counter.increment("a\\b\"c\nd_total{} 5 é")
        #expect(
            text(registry) == """
                # HELP c_total A \\\\ and\\na "quote".
                # TYPE c_total counter
                c_total{v="a\\\\b\\"c\\nd_total{} 5 é"} 1

                """
        )
    }

    @Test func histogramsCountUpToEachBoundTheBoundIncludedAndUpToInfinity() {
        let registry = MetricsRegistry()
        let histogram = registry.histogram("t_seconds", help: "T.", labels: ["r"], buckets: [0.1, 0.5, 1])
        histogram.observe(0.25, "x")
        histogram.observe(0.5, "x")
        histogram.observe(.seconds(2), "x")
        histogram.observe(.nan, "x")
        histogram.observe(-1.0, "x")
        #expect(
            text(registry) == """
                # HELP t_seconds T.
                # TYPE t_seconds histogram
                t_seconds_bucket{r="x",le="0.1"} 1
                t_seconds_bucket{r="x",le="0.5"} 3
                t_seconds_bucket{r="x",le="1"} 3
                t_seconds_bucket{r="x",le="+Inf"} 4
                t_seconds_sum{r="x"} 1.75
                t_seconds_count{r="x"} 4

                """
        )
    }

    @Test func aNameRegisteredAgainIsTheSameMetric() {
        let registry = MetricsRegistry()
        registry.counter("a_total", help: "A.").increment()
        registry.counter("a_total", help: "Other words.").increment()
        #expect(text(registry).contains("\na_total 2\n"))
    }

    @Test func seriesCanBeDroppedSuchAsThoseOfADeletedHost() {
        let registry = MetricsRegistry()
        let gauge = registry.gauge("g", help: "G.", labels: ["host"])
        gauge.set(1, "a")
        gauge.set(2, "b")
        gauge.remove("a")
        #expect(!text(registry).contains("\"a\"") && text(registry).contains("\"b\""))
        gauge.removeAll()
        #expect(!text(registry).contains("host="))
    }

    @Test func labelValuesWithoutEndShareOneSeriesAtLast() {
        let registry = MetricsRegistry()
        let counter = registry.counter("many_total", help: "M.", labels: ["v"])
        for index in 0..<10_050 { counter.increment("\(index)") }
        #expect(text(registry).contains("many_total{v=\"_other\"} 50\n"))
        #expect(text(registry).split(separator: "\n").count == 10_003)
    }

    @Test func observedNumbersAreReadAtEachScrapeSpecialOnesInPrometheussWords() {
        let registry = MetricsRegistry()
        registry.observed(.gauge, "a", help: "A.") { .infinity }
        registry.observed(.gauge, "b", help: "B.") { -.infinity }
        registry.observed(.counter, "c_total", help: "C.") { .nan }
        registry.observed(.gauge, "d", help: "D.") { 1e300 }
        registry.observed(.gauge, "e", help: "E.") { 0.1 }
        let lines = text(registry).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines == ["a +Inf", "b -Inf", "c_total NaN", "d 1e+300", "e 0.1"])
        #expect(text(registry).contains("# TYPE c_total counter"))
    }

    @Test(arguments: ["", "1a", "a-b", "a b", "é", "a\n"])
    func namesAreCheckedByPrometheussRule(name: String) async {
        await #expect(processExitsWith: .failure) { [name] in
            _ = MetricsRegistry().counter(name, help: "")
        }
    }

    @Test func oneNameAsTwoKindsIsAMistakeThatStopsTheProgramAtItsStart() async {
        await #expect(processExitsWith: .failure) {
            let registry = MetricsRegistry()
            _ = registry.counter("a", help: "")
            _ = registry.gauge("a", help: "")
        }
    }
}
