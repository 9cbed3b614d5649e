"""The rules of the harness itself: python3 -m unittest discover Benchmarks/harness"""
import unittest

import engine
import order
import report
from figures import (CPP, ENGINE_FIGURES, FIGURES, OURS, PLAIN_C, STORE)
from load import Load, framed_request
from process import Failure

ANSWER = """finished in 2.33s, 85865.91 req/s, 8.27MB/s
requests: {done} total, {done} started, {done} done, {ok} succeeded, {failed} failed, 0 errored, 0 timeout
traffic: 19.27MB (20200936) total, 390.72KB (400096) headers (space savings 94.74%), 1MB ({data}) data
"""


class JudgingReplies(unittest.TestCase):
    def answer(self, ok=100, failed=0, data=7100):
        return ANSWER.format(done=100, ok=ok, failed=failed, data=data)

    def test_a_run_in_which_every_call_is_answered_has_a_rate(self):
        self.assertEqual(Load.judge(self.answer(), 100), 85865.91)

    def test_a_run_with_a_failed_call_shows_nothing(self):
        with self.assertRaises(Failure):
            Load.judge(self.answer(ok=99, failed=1), 100)

    def test_an_answer_without_a_message_is_found_though_its_http_status_is_200(self):
        with self.assertRaises(Failure):
            Load.judge(self.answer(data=7029), 100)

    def test_a_run_that_says_nothing_shows_nothing(self):
        with self.assertRaises(Failure):
            Load.judge("", 100)

    def test_a_request_is_a_frame_of_64_bytes_in_field_1(self):
        self.assertEqual(framed_request()[:7], b"\0\0\0\0\x42\x0a\x40")
        self.assertEqual(len(framed_request()), 71)


class Figures(unittest.TestCase):
    SAMPLES = {("unary_cpu_us", CPP): [12.0, 30.0, 10.0], ("unary_cpu_us", OURS): [4.0, 5.0, 5.0]}
    RATIO = report.BY_NAME["unary_cpu_vs_grpc_cpp"]

    def test_a_ratio_is_taken_round_by_round_and_then_the_median(self):
        self.assertEqual(self.RATIO.values(self.SAMPLES), [3.0, 6.0, 2.0])
        self.assertEqual(self.RATIO.value(self.SAMPLES), 3.0)

    def test_a_figure_that_was_not_measured_is_unavailable(self):
        self.assertEqual(list(report.figure_lines({}, [self.RATIO])),
                         ["figure unary_cpu_vs_grpc_cpp unavailable"])
        self.assertEqual(self.RATIO.verdict(None), "unavailable")

    def test_more_is_better_in_some_and_less_in_others(self):
        self.assertEqual([self.RATIO.verdict(value) for value in (5, 4.99, 3, 2.99)],
                         ["aim", "floor", "floor", "MISSED"])
        less = report.BY_NAME["unary_cpu_over_nghttp2"]
        self.assertEqual([less.verdict(value) for value in (1.4, 1.41, 2.0, 2.01)],
                         ["aim", "floor", "floor", "MISSED"])

    def test_every_figure_has_a_line_of_its_name(self):
        self.assertEqual([line.split()[1] for line in report.figure_lines({}, FIGURES)],
                         [figure.name for figure in FIGURES])
        self.assertEqual(len(FIGURES), 12)

    def test_a_table_has_a_row_for_each_thing_that_was_measured(self):
        table = report.servers_table(self.SAMPLES)
        self.assertEqual(len(table.splitlines()), 2)
        self.assertIn("12.00", table)


class EngineFigures(unittest.TestCase):
    SAMPLES = {("entries_per_s", STORE): [70e3, 80e3, 99e3], ("entries_per_s", PLAIN_C): [100e3] * 3,
               ("bytes_per_entry", STORE): [181.4, 181.4, 181.4]}

    def test_every_figure_is_of_something_that_is_measured(self):
        for figure in ENGINE_FIGURES:
            for subject in figure.subjects:
                self.assertIn(subject, engine.ENGINE_COUNTS[figure.measurement], figure.name)
        self.assertEqual(len(ENGINE_FIGURES), 12)

    def test_the_store_is_held_against_c_round_by_round(self):
        figure = report.BY_NAME["entries_vs_c"]
        self.assertEqual(figure.values(self.SAMPLES), [0.7, 0.8, 0.99])
        self.assertEqual(figure.verdict(figure.value(self.SAMPLES)), "floor")

    def test_a_figure_has_the_digits_that_mean_something(self):
        figures = [report.BY_NAME["entries_vs_c"], report.BY_NAME["bytes_per_entry"]]
        self.assertEqual(list(report.figure_lines(self.SAMPLES, figures)),
                         ["figure entries_vs_c 0.80", "figure bytes_per_entry 181"])

    def test_a_row_says_whose_it_is_with_the_least_and_the_most(self):
        table = report.engine_table(self.SAMPLES).splitlines()
        self.assertEqual(table[1].split()[-5:], ["the", "store", "80,000", "70,000", "99,000"])
        self.assertEqual(len(table), 4)
        self.assertEqual(report.engine_table({}), "")

    def test_what_a_program_prints_is_a_name_and_a_number_a_line(self):
        self.assertEqual(engine.parse("a 1\nb 2.5\n"), {"a": 1.0, "b": 2.5})
        with self.assertRaises(ValueError):
            engine.parse("a fault in entry 3\n")


class LinkOrder(unittest.TestCase):
    PROFILE = """ob=(1) /lib/libc.so.6
fn=(1) malloc
5 10
ob=(2) /x/topupd
fn=(2) $s6topupd3runyyF
5 10
cob=(1)
cfn=(1)
calls=1 0
5 10
fn=(3) $s6topupd4loopyyF'2
5 10
fn=(4) 0x0000000000001234
5 10
fn=(2)
5 10
"""

    def test_it_holds_what_was_run_of_the_program_itself_once_by_its_name(self):
        self.assertEqual(order.functions(self.PROFILE, "/x/topupd"),
                         ["$s6topupd3runyyF", "$s6topupd4loopyyF"])


if __name__ == "__main__":
    unittest.main()
