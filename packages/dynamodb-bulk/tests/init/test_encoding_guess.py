"""The encoding of text that is not UTF-8: clear, or refused with what each would make of it."""

from pathlib import Path

import pytest

from bulk_testing.command import bulk
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.init.csv_files import propose_csv
from dynamodb_bulk.init.encoding_guess import UnsureEncodingError, encoding_by_letters
from dynamodb_bulk.init.opening import data_files, wide_encoding
from dynamodb_bulk.init.text_facts import text_facts
from dynamodb_bulk.sources.reading import local_files, open_rows

# ruff: noqa: RUF001
CLEAR = {
    "cp1252": [
        "Müller",
        "Köln,Björk",
        "Hélène",
        "perché,città",
        "São Paulo,coração",
        "Malmö",
        "l’été – 5 €",
        "Noël",
        "São Paulo",
        "1,José",
        "12 €",
        "1;12 €\n2;café",
        "25 °C",
        "½ cup",
        "Straße",
        "Sørensen",
        "España",
        "Muñoz",
        "Magalhães",
        "1,château",
        "1,Nîmes",
        "Île",
        "maître,Benoît",
        "forêt",
        "Tromsø",
        "garçon,Curaçao",
        "Lourenço",
        "força,França,calça",
        "é",
        "Þórður",
        "José,León\nMaría,Málaga\nIñigo,Cádiz",
        "Mañana será otro día, según dijo; ¿cómo está?",
    ],
    "cp1251": ["Иванов,Москва\nПетров,Санкт-Петербург"],
    "koi8-r": ["Иванов,Москва\nПетров,Санкт-Петербург"],
    "cp1250": ["Dvořák,Praha\nŽižkov,Třeboň\nBukovský,Plzeň"],
    "cp1254": ["İstanbul,Şişli\nGüneş,Çağrı\nIşık,Ağrı"],
    "cp1253": ["Αθήνα,Παπαδόπουλος"],
    "cp1256": ["القاهرة,أحمد\nالرياض,علي"],
    "cp866": ["Иванов,Москва\nПетров,Санкт-Петербург"],
    "gb18030": ["王小明,北京市朝阳区\n李丽,上海市浦东新区"],
    "big5": ["王小明,台北市大安區\n李麗華,高雄市左營區"],
    "euc_kr": ["김철수,서울특별시\n이영희,부산광역시"],
}
UNSURE = {
    "cp1250": [
        "Čapek",
        "Kovács,Győr",
        "Plzeň",
        "Zlín,Kolín,Plzeň",
        "Gdańsk",
        "Constanţa",
        "kočce",
        "daň",
        "Říp\nPísek",
    ],
    "cp852": [
        "Plzeň",
        "Toruń",
        "Košice",
        "źle",
        "1,Prešov",
        "Saša",
        "Dušan",
        "Košut",
        "Vršac",
        "Leskovša",
        "Tuškan",
    ],
    "cp1251": ["Петр", "Да"],
    "iso8859-2": ["Žižkov"],
    "cp1254": ["İzmir"],
    "cp1257": ["Jānis", "Ķekava", "Jūrmala", "Rīga", "Saldū", "māte"],
    "cp850": ["Größe", "Malmö", "Weiß", "Straße", "Roßmann"],
    "mac-roman": ["Müller,Köln", "Île"],
    "shift_jis": ["東京,大阪", "田中太郎", "日本"],
    "euc_jp": ["東京都千代田区,田中太郎\n大阪府大阪市,鈴木花子"],
    "gb18030": ["北京,上海"],
    "euc_kr": ["서울,부산"],
    "big5": ["台北,高雄"],
}
ROWS = {
    "shift_jis": [("1", "表示|ソ"), ("2", "能,予\\")],
    "gb18030": [("1", "乗|亅"), ("2", "𠀀\\x")],
    "big5": [("1", "許功蓋"), ("2", "育|x")],
    "euc_kr": [("1", "서울"), ("2", "a|b")],
    "koi8-r": [("1", "Москва"), ("2", "да|нет")],
    "cp1251": [("1", "Москва"), ("2", "да|нет")],
}


@pytest.mark.parametrize(("encoding", "text"), [(one, text) for one in CLEAR for text in CLEAR[one]])
def test_encoding_is_found_when_its_letters_are_clear(encoding: str, text: str) -> None:
    assert encoding_by_letters("a.csv", text.encode(encoding).split(b"\n")).text == text


@pytest.mark.parametrize(("encoding", "text"), [(one, text) for one in UNSURE for text in UNSURE[one]])
def test_encoding_is_refused_with_the_right_one_named_when_it_is_not_clear(encoding: str, text: str) -> None:
    with pytest.raises(UnsureEncodingError) as refused:
        encoding_by_letters("a.csv", [text.encode(encoding)])
    assert text in [one.text for one in refused.value.readings]


def test_file_is_utf8_with_a_doubt_when_few_lines_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,t\n" + "1,é€\n".encode() * 300 + b"2,M\xfcller\n")
    facts = text_facts(data_files([tmp_path / "a.csv"]))
    assert (facts.encoding, len(facts.doubts)) == ("utf-8", 1)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ["id,t\n1,x\n", "id,имя\n1,Москва\n2,Санкт-Петербург\n"])
def test_wide_text_is_recognised_without_a_mark(encoding: str, text: str) -> None:
    assert wide_encoding(text.encode(encoding)) == encoding


@pytest.mark.parametrize("encoding", sorted(ROWS))
def test_init_writes_the_encoding_that_is_given_and_values_are_read_in_it(
    encoding: str, tmp_path: Path
) -> None:
    text = "id|text\n" + "".join(f'{key}|"{value}"\n' for key, value in ROWS[encoding])
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    assert bulk("init", tmp_path / "a.csv", "--encoding", encoding, "--key", "id").returncode == 0
    dataset = open_dataset(tmp_path / "dataset.yaml")
    rows = [
        row for file in local_files(dataset) for one in open_rows(dataset, file) for row in one.frame.rows()
    ]
    assert rows == ROWS[encoding]


def test_init_refuses_text_of_no_clear_encoding_and_names_the_option(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("id,t\n1,Петр\n2,Да\n".encode("cp1251"))
    with pytest.raises(UnsureEncodingError, match="--encoding"):
        propose_csv(data_files([tmp_path / "a.csv"]), "a", tmp_path / "scratch", lambda _: None)
