import Glibc
import TestSupport
import Testing

@testable import InstanceUsage

@Suite struct InstanceScannerTests {
    let instances = InstancesFolder()

    @Test func everyDiskOfNovasLayoutCounts() throws {
        let base = instances.base("a")
        let names = [
            "u1/disk", "u1/disk.local", "u1/disk.eph0", "u1/disk.swap", "u1_resize/disk", "u2/x/y/disk",
            "loose",
        ]
        for name in names { try instances.overlay(name, on: base) }
        let scan = instances.scanner.scan()
        #expect(instances.users("a", scan) == names.sorted())
        #expect(scan.names["a"]?.count == names.count)
        #expect(scan.problems.count == 0)
        #expect(scan.disks == names.count)
    }

    @Test func chainsAreFollowedToTheirEndAndRelativeNamesFromEachDisk() throws {
        instances.base("a")
        try instances.overlay("u1/bottom", on: "../_base/a")
        try instances.overlay("u1/middle", on: "bottom", format: "qcow2")
        try instances.overlay("u2/disk", on: "../u1/middle", format: "qcow2")
        let scan = instances.scanner.scan()
        #expect(instances.users("a", scan) == ["u1/bottom", "u1/middle", "u2/disk"])
        #expect(scan.problems.count == 0)
    }

    @Test func eachBackingFileIsReadOnceAndRawOnesNever() throws {
        let base = instances.base("a")
        try instances.overlay("_base/q", on: base)
        for number in 0..<20 {
            try instances.overlay("u\(number)/disk", on: "\(instances.path)/_base/q", format: "qcow2")
        }
        let scan = instances.scanner.scan()
        #expect(scan.headersRead == 21)
        #expect(scan.bytesRead < 21 * 8_192)
        #expect(scan.files[try #require(instances.identity("_base/a"))]?.count == 20)
    }

    @Test func whatLeadsNowhereProtectsByItsName() throws {
        try instances.overlay("u1/disk", on: "/var/lib/nova/instances/_base/gone", unsafe: true)
        try instances.overlay("u2/disk", on: "nbd://127.0.0.1:9/x", unsafe: true)
        let scan = instances.scanner.scan()
        #expect(scan.names["gone"]?.names == ["u1/disk"])
        #expect(scan.problems.count == 0)
    }

    @Test func loopsEndAndLongChainsAreAProblem() throws {
        try instances.overlay("u1/disk", on: "disk", format: "qcow2", unsafe: true)
        #expect(instances.scanner.scan().problems.count == 0)
        for number in 0..<210 {
            try instances.overlay("u2/\(number)", on: "\(number + 1)", format: "qcow2", unsafe: true)
        }
        #expect(instances.scanner.scan().problems.count > 0)
    }

    @Test func whatCantBeToldIsAProblem() throws {
        instances.makeFolder("u1")
        instances.folder.write("u1/disk", Array("QFI".utf8) + [0xFB] + [UInt8](repeating: 0xFF, count: 500))
        try instances.overlay("u2/disk", on: "json:{\"driver\":\"quorum\"}", unsafe: true)
        for name in ["u3", "u3/a", "u3/a/b", "u3/a/b/c", "u3/a/b/c/d"] { instances.makeFolder(name) }
        let scan = instances.scanner.scan()
        #expect(scan.problems.count == 3)
        #expect(scan.problems.examples.contains { $0.contains("u1/disk") })
        #expect(scan.problems.examples.contains { $0.contains("may be any file") })
        #expect(scan.problems.examples.contains { $0.contains("deeper than 4 levels") })
    }

    @Test func aVanishedDirectoryIsAProblem() {
        let scan = InstanceScanner(path: "/nowhere/at/all", cache: nil).scan()
        #expect(scan.problems.examples == ["/nowhere/at/all: No such file or directory"])
    }

    @Test func whatGuestsWriteIsNoHeader() throws {
        let header = Array("QFI".utf8) + [0xFB] + [UInt8](repeating: 0xFF, count: 500)
        instances.makeFolder("u1")
        instances.folder.write("u1/console.log", header)
        instances.folder.write("u1/disk", header)
        instances.folder.write("u1/disk.info", Array(#"{"/var/lib/nova/instances/u1/disk":"raw"}"#.utf8))
        #expect(instances.scanner.scan().problems.count == 0)
        instances.folder.write("u1/disk.info", Array(#"{"/var/lib/nova/instances/u1/disk":"qcow2"}"#.utf8))
        #expect(instances.scanner.scan().problems.count == 1)
    }

    @Test func linksAreFollowedOnceAndOddThingsPassedOver() throws {
        let base = instances.base("a")
        try instances.overlay("else/disk\nwith a newline", on: base)
        symlink("else", "\(instances.path)/linked")
        symlink("..", "\(instances.path)/else/up")
        symlink("/nowhere", "\(instances.path)/else/dangling")
        symlink("self", "\(instances.path)/else/self")
        mkfifo("\(instances.path)/else/fifo", 0o600)
        instances.makeFolder("lost+found")
        instances.folder.write(
            "lost+found/x",
            Array("QFI".utf8) + [0xFB] + [UInt8](repeating: 0xFF, count: 500)
        )
        let scan = instances.scanner.scan()
        #expect(scan.problems.count == 0)
        #expect(instances.users("a", scan).count == 1)
    }

    @Test func aLaterLookReadsOnlyWhatHasChanged() throws {
        let base = instances.base("a")
        instances.base("b")
        for name in ["u1/disk", "u2/disk", "u3/deep/disk"] { try instances.overlay(name, on: base) }
        let scan = instances.scanner.scan()
        let same = instances.scanner.changes(since: scan)
        #expect(same.headersRead == 0)
        // A folder's times tell only once the clock has gone on.
        let old = try #require(instances.modified("u2"))
        repeat {
            instances.makeFolder("tick")
            rmdir("\(instances.path)/tick")
        } while instances.modified(".") == old
        try instances.overlay("u2/disk.local", on: "\(instances.path)/_base/b")
        try instances.overlay("u4/disk", on: "\(instances.path)/_base/b")
        let later = instances.scanner.changes(since: scan)
        #expect(instances.users("b", later) == ["u2/disk.local", "u4/disk"])
        #expect(later.headersRead == 3)
        var all = scan
        all.add(later)
        #expect(instances.users("b", all).count == 2)
        #expect(instances.users("a", all).count == 3)
        #expect(instances.scanner.changes(since: all).headersRead == 0)
    }
}

extension InstancesFolder {
    fileprivate func modified(_ name: String) -> Int? {
        var status = stat()
        return stat("\(path)/\(name)", &status) == 0 ? status.st_mtim.tv_nsec : nil
    }
}
