/// The readings of a run held against the plan.
package struct BenchmarkReport: Sendable {
    /// One benchmark's result.
    package struct Row: Sendable {
        /// The benchmark.
        package let benchmark: Benchmark
        /// Our readings; nil if the run left it out.
        package let measured: Samples?
        /// How they stand to each target that could be held against them.
        package let standings: [Standing]
        /// Every series that was measured, ours first.
        package let series: [(name: String, samples: Samples)]
        /// Comparators that were not measured.
        package let absent: [String]
    }

    /// The rows, in the plan's order.
    package let rows: [Row]

    /// Holds readings against a plan.
    package init(plan: BenchmarkPlan, readings: Readings) {
        rows = plan.benchmarks.map { benchmark in
            let look = { (name: String) in readings.samples(benchmark.id, name) }
            let measured = look(benchmark.measured)
            let names = readings.series(of: benchmark.id)
            let ordered =
                names.filter { $0 == benchmark.measured } + names.filter { $0 != benchmark.measured }
            return Row(
                benchmark: benchmark,
                measured: measured,
                standings: measured.map { ours in
                    benchmark.targets.compactMap { Standing($0, measured: ours, readings: look) }
                } ?? [],
                series: ordered.compactMap { name in look(name).map { (name, $0) } },
                absent: benchmark.targets.compactMap(\.comparator).filter { look($0) == nil }
            )
        }
    }

    /// What fails the run: a threshold missed by more than its noise.
    package var misses: [(benchmark: Benchmark, standing: Standing)] {
        rows.flatMap { row in
            row.standings.filter { $0.verdict == .missed }.map { (row.benchmark, $0) }
        }
    }

    /// What was not measured at all: benchmarks, and comparators as `benchmark: comparator`.
    package var gaps: [String] {
        rows.flatMap { row in
            row.measured == nil ? [row.benchmark.id] : row.absent.map { "\(row.benchmark.id): \($0)" }
        }
    }
}
