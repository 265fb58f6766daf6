-- The readings of values: how texts are folded for search, and which of them are numbers, instants, e-mail addresses and
-- phone numbers. At the end, the search text and the value index of existing items are computed again.

-- Folding

-- A text as search compares it: without case, accents, strokes and characters that cannot be seen, with straight quotes
-- and dashes, and ligatures as two letters. It depends on nothing of the server: neither on its locale nor on ICU. The
-- tables are those of src/sql/fold.ts. Texts of ASCII take a tenth of the time.
CREATE OR REPLACE FUNCTION search_fold(input text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  folded text;
  letter text;
BEGIN
  -- A text of ASCII has only its case to fold.
  IF octet_length(input) = length(input) AND input COLLATE "C" !~ '[\x01-\x08\x0e-\x1f\x7f]' THEN
    RETURN lower(input COLLATE "C");
  END IF;
  folded := lower(regexp_replace(normalize(CASE WHEN input COLLATE "C" ~ '[\u0085\u1680\u2028\u2029´″‶]'
      THEN translate(input, U&'\0085\1680\2028\2029´″‶', '    ''""') ELSE input END, NFKD) COLLATE "C",
    '[\u0001-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd'
    '\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06dc'
    '\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0897-\u089f\u08ca-\u08e1\u08e3-\u08ff\u0951-\u0954'
    '\u115f\u1160\u17b4\u17b5\u180b-\u180f\u1ab0-\u1add\u1ae0-\u1aeb\u1cd0-\u1cd2\u1cd4-\u1ce0'
    '\u1ce2-\u1ce8\u1ced\u1cf4\u1cf8\u1cf9\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f'
    '\u20d0-\u20f0\u2800\u2de0-\u2dff\u302a-\u302d\u3164\ua66f-\ua672\ua674-\ua67d\ua69e\ua69f\ufb1e'
    '\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uffa0\ufff0-\ufffb\U000101fd\U000102e0\U00010efa-\U00010eff'
    '\U0001133b\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001cf00-\U0001cf2d\U0001cf30-\U0001cf46'
    '\U0001d167-\U0001d169\U0001d173-\U0001d182\U0001d185-\U0001d18b\U0001d1aa-\U0001d1ad'
    '\U0001d242-\U0001d244\U0001e08f\U000e0000-\U000e0fff]',
    '', 'g'));
  LOOP
    letter := substring(folded COLLATE "C" FROM
      '[ÆÞßæþŒœƕǶȢȣȸȹẞꜨꜩꜲꜳꜴꜵꜶꜷꜸꜹꜺꜻꜼꜽꝎꝏꝠꝡ«»ØøĐđıŁł‐‒–—‘’‚“”„‹›−АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯΑΒΓΔΕΖΗΘΙΚΛΜΝΞ'
      'ΟΠΡΣΤΥΦΧΨΩςÐðĦħŊŋŦŧƀƁƂƃƄƆƇƈƉƊƋƌƎƏƐƑƒƓƔƖƗƘƙƚƜƝƞƟƢƤƥƦƧƩƬƭƮƱƲƳƴƵƶƷƸƼǤǥǷȜȠȤȥȷȺȻȼȽȾȿɀɁɃɄɅɆɇɈɉɊɋɌɍɎɏɓɖɗɠɦɨ'
      'ɫɲɵɽʈʉʋʹʻʼʽʾʿˈˮᵽỺỼỾ―‛‟′‵⁃⁄ℲↃ∕∼ⱠⱡⱢⱣⱤⱥⱦⱧⱨⱩⱪⱫⱬⱭⱮⱯⱰⱲⱳⱵⱾⱿ⸗⸚⸺⸻⹀⹝〝〞〟ꜢꜤꜦꜪꜬꜮꜾꝀꝁꝂꝃꝄꝅꝆꝈꝉꝊꝋꝌꝍꝐꝑꝒꝓꝔꝖꝗꝘꝚꝜꝞꝟꝢꝤꝦꝨꝪꝬꝮ'
      'ꝹꝻꝽꝾꞀꞂꞄꞆꞋꞌꞍꞐꞒꞓꞖꞘꞚꞜꞞꞠꞡꞢꞣꞤꞥꞦꞧꞨꞩꞪꞫꞬꞭꞮꞰꞱꞲꞳꞴꞶꞸꞺꞼꞾꟀꟂꟄꟅꟆꟇꟈꟉꟋꟌ꟎Ꟑ꟒꟔ꟖꟘꟚꟜ꟱ꟵͰͲͶͿϏϘϚϜϞϠϢϤϦϨϪϬϮϷϺϽϾϿЂЄЅІЈЉЊЋЏѠѢѤѦѨ'
      'ѪѬѮѰѲѴѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӃӅӇӉӋӍӔӘӠӨӶӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇ'
      'ՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖ֊־׳״ႠႡႢႣႤႥႦႧႨႩႪႫႬႭႮႯႰႱႲႳႴႵႶႷႸႹႺႻႼႽႾႿჀჁჂჃჄჅჇჍᎠᎡᎢᎣᎤᎥᎦᎧᎨᎩᎪᎫᎬᎭᎮᎯᎰᎱᎲᎳᎴᎵᎶᎷᎸᎹᎺᎻᎼᎽᎾᎿᏀᏁᏂᏃᏄᏅᏆᏇᏈ'
      'ᏉᏊᏋᏌᏍᏎᏏᏐᏑᏒᏓᏔᏕᏖᏗᏘᏙᏚᏛᏜᏝᏞᏟᏠᏡᏢᏣᏤᏥᏦᏧᏨᏩᏪᏫᏬᏭᏮᏯᏰᏱᏲᏳᏴᏵ᐀᠆ᲀᲁᲂᲃᲄᲅᲆᲇᲈᲉᲐᲑᲒᲓᲔᲕᲖᲗᲘᲙᲚᲛᲜᲝᲞᲟᲠᲡᲢᲣᲤᲥᲦᲧᲨᲩᲪᲫᲬᲭᲮᲯᲰᲱᲲᲳᲴᲵᲶᲷᲸᲹᲺ'
      'ᲽᲾᲿⰀⰁⰂⰃⰄⰅⰆⰇⰈⰉⰊⰋⰌⰍⰎⰏⰐⰑⰒⰓⰔⰕⰖⰗⰘⰙⰚⰛⰜⰝⰞⰟⰠⰡⰢⰣⰤⰥⰦⰧⰨⰩⰪⰫⰬⰭⰮⰯⲀⲂⲄⲆⲈⲊⲌⲎⲐⲒⲔⲖⲘⲚⲜⲞⲠⲢⲤⲦⲨⲪⲬⲮⲰⲲⲴⲶⲸⲺⲼⲾⳀⳂⳄⳆⳈⳊⳌⳎⳐⳒⳔⳖⳘⳚⳜⳞⳠ'
      'ⳢⳫⳭⳲꙀꙂꙄꙆꙈꙊꙌꙎꙐꙒꙔꙖꙘꙚꙜꙞꙠꙢꙤꙦꙨꙪꙬꚀꚂꚄꚆꚈꚊꚌꚎꚐꚒꚔꚖꚘꚚ𐐀𐐁𐐂𐐃𐐄𐐅𐐆𐐇𐐈𐐉𐐊𐐋𐐌𐐍𐐎𐐏𐐐𐐑𐐒𐐓𐐔𐐕𐐖𐐗𐐘𐐙𐐚𐐛𐐜'
      '𐐝𐐞𐐟𐐠𐐡𐐢𐐣𐐤𐐥𐐦𐐧𐒰𐒱𐒲𐒳𐒴𐒵𐒶𐒷𐒸𐒹𐒺𐒻𐒼𐒽𐒾𐒿𐓀𐓁𐓂𐓃𐓄𐓅𐓆𐓇𐓈𐓉𐓊𐓋𐓌𐓍𐓎𐓏𐓐𐓑𐓒𐓓𐕰𐕱𐕲'
      '𐕳𐕴𐕵𐕶𐕷𐕸𐕹𐕺𐕼𐕽𐕾𐕿𐖀𐖁𐖂𐖃𐖄𐖅𐖆𐖇𐖈𐖉𐖊𐖌𐖍𐖎𐖏𐖐𐖑𐖒𐖔𐖕𐲀𐲁𐲂𐲃𐲄𐲅𐲆𐲇𐲈𐲉𐲊𐲋𐲌𐲍𐲎𐲏𐲐𐲑'
      '𐲒𐲓𐲔𐲕𐲖𐲗𐲘𐲙𐲚𐲛𐲜𐲝𐲞𐲟𐲠𐲡𐲢𐲣𐲤𐲥𐲦𐲧𐲨𐲩𐲪𐲫𐲬𐲭𐲮𐲯𐲰𐲱𐲲𐵐𐵑𐵒𐵓𐵔𐵕𐵖𐵗𐵘𐵙𐵚𐵛𐵜𐵝𐵞𐵟𐵠'
      '𐵡𐵢𐵣𐵤𐵥𐵮𐺭𑢠𑢡𑢢𑢣𑢤𑢥𑢦𑢧𑢨𑢩𑢪𑢫𑢬𑢭𑢮𑢯𑢰𑢱𑢲𑢳𑢴𑢵𑢶𑢷𑢸𑢹𑢺𑢻𑢼𑢽𑢾𑢿𖹀𖹁𖹂𖹃𖹄𖹅𖹆𖹇𖹈𖹉𖹊'
      '𖹋𖹌𖹍𖹎𖹏𖹐𖹑𖹒𖹓𖹔𖹕𖹖𖹗𖹘𖹙𖹚𖹛𖹜𖹝𖹞𖹟𖺠𖺡𖺢𖺣𖺤𖺥𖺦𖺧𖺨𖺩𖺪𖺫𖺬𖺭𖺮𖺯𖺰𖺱𖺲𖺳𖺴𖺵𖺶𖺷𖺸𞤀𞤁𞤂𞤃'
      '𞤄𞤅𞤆𞤇𞤈𞤉𞤊𞤋𞤌𞤍𞤎𞤏𞤐𞤑𞤒𞤓𞤔𞤕𞤖𞤗𞤘𞤙𞤚𞤛𞤜𞤝𞤞𞤟𞤠𞤡]');
    EXIT WHEN letter IS NULL;
    folded := replace(folded, letter, coalesce(
      '{"Æ":"ae","Þ":"th","ß":"ss","æ":"ae","þ":"th","Œ":"oe","œ":"oe","ƕ":"hv","Ƕ":"hv","Ȣ":"ou","ȣ":"ou",'
      '"ȸ":"db","ȹ":"qp","ẞ":"ss","Ꜩ":"tz","ꜩ":"tz","Ꜳ":"aa","ꜳ":"aa","Ꜵ":"ao","ꜵ":"ao","Ꜷ":"au","ꜷ":"au",'
      '"Ꜹ":"av","ꜹ":"av","Ꜻ":"av","ꜻ":"av","Ꜽ":"ay","ꜽ":"ay","Ꝏ":"oo","ꝏ":"oo","Ꝡ":"vy","ꝡ":"vy"}'::jsonb ->> letter,
      translate(letter,
        '«»ØøĐđıŁł‐‒–—‘’‚“”„‹›−АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩςÐðĦħŊŋŦŧƀƁƂƃƄƆƇƈƉƊƋƌƎƏ'
        'ƐƑƒƓƔƖƗƘƙƚƜƝƞƟƢƤƥƦƧƩƬƭƮƱƲƳƴƵƶƷƸƼǤǥǷȜȠȤȥȷȺȻȼȽȾȿɀɁɃɄɅɆɇɈɉɊɋɌɍɎɏɓɖɗɠɦɨɫɲɵɽʈʉʋʹʻʼʽʾʿˈˮᵽỺỼỾ―‛‟′‵⁃⁄ℲↃ∕∼ⱠⱡⱢ'
        'ⱣⱤⱥⱦⱧⱨⱩⱪⱫⱬⱭⱮⱯⱰⱲⱳⱵⱾⱿ⸗⸚⸺⸻⹀⹝〝〞〟ꜢꜤꜦꜪꜬꜮꜾꝀꝁꝂꝃꝄꝅꝆꝈꝉꝊꝋꝌꝍꝐꝑꝒꝓꝔꝖꝗꝘꝚꝜꝞꝟꝢꝤꝦꝨꝪꝬꝮꝹꝻꝽꝾꞀꞂꞄꞆꞋꞌꞍꞐꞒꞓꞖꞘꞚꞜꞞꞠꞡꞢꞣꞤꞥꞦꞧꞨꞩꞪꞫꞬꞭ'
        'ꞮꞰꞱꞲꞳꞴꞶꞸꞺꞼꞾꟀꟂꟄꟅꟆꟇꟈꟉꟋꟌ꟎Ꟑ꟒꟔ꟖꟘꟚꟜ꟱ꟵͰͲͶͿϏϘϚϜϞϠϢϤϦϨϪϬϮϷϺϽϾϿЂЄЅІЈЉЊЋЏѠѢѤѦѨѪѬѮѰѲѴѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴ'
        'ҶҸҺҼҾӀӃӅӇӉӋӍӔӘӠӨӶӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖ֊־׳״ႠႡႢႣႤႥႦႧႨႩႪႫႬႭ'
        'ႮႯႰႱႲႳႴႵႶႷႸႹႺႻႼႽႾႿჀჁჂჃჄჅჇჍᎠᎡᎢᎣᎤᎥᎦᎧᎨᎩᎪᎫᎬᎭᎮᎯᎰᎱᎲᎳᎴᎵᎶᎷᎸᎹᎺᎻᎼᎽᎾᎿᏀᏁᏂᏃᏄᏅᏆᏇᏈᏉᏊᏋᏌᏍᏎᏏᏐᏑᏒᏓᏔᏕᏖᏗᏘᏙᏚᏛᏜᏝᏞᏟᏠᏡᏢᏣᏤᏥᏦᏧᏨᏩ'
        'ᏪᏫᏬᏭᏮᏯᏰᏱᏲᏳᏴᏵ᐀᠆ᲀᲁᲂᲃᲄᲅᲆᲇᲈᲉᲐᲑᲒᲓᲔᲕᲖᲗᲘᲙᲚᲛᲜᲝᲞᲟᲠᲡᲢᲣᲤᲥᲦᲧᲨᲩᲪᲫᲬᲭᲮᲯᲰᲱᲲᲳᲴᲵᲶᲷᲸᲹᲺᲽᲾᲿⰀⰁⰂⰃⰄⰅⰆⰇⰈⰉⰊⰋⰌⰍⰎⰏⰐⰑⰒⰓⰔⰕⰖⰗⰘⰙⰚⰛⰜⰝ'
        'ⰞⰟⰠⰡⰢⰣⰤⰥⰦⰧⰨⰩⰪⰫⰬⰭⰮⰯⲀⲂⲄⲆⲈⲊⲌⲎⲐⲒⲔⲖⲘⲚⲜⲞⲠⲢⲤⲦⲨⲪⲬⲮⲰⲲⲴⲶⲸⲺⲼⲾⳀⳂⳄⳆⳈⳊⳌⳎⳐⳒⳔⳖⳘⳚⳜⳞⳠⳢⳫⳭⳲꙀꙂꙄꙆꙈꙊꙌꙎꙐꙒꙔꙖꙘꙚꙜꙞꙠꙢꙤꙦꙨꙪꙬꚀꚂꚄꚆꚈꚊ'
        'ꚌꚎꚐꚒꚔꚖꚘꚚ𐐀𐐁𐐂𐐃𐐄𐐅𐐆𐐇𐐈𐐉𐐊𐐋𐐌𐐍𐐎𐐏𐐐𐐑𐐒𐐓𐐔𐐕𐐖𐐗𐐘𐐙𐐚𐐛𐐜𐐝𐐞𐐟𐐠𐐡𐐢𐐣𐐤𐐥𐐦𐐧𐒰𐒱𐒲𐒳𐒴𐒵'
        '𐒶𐒷𐒸𐒹𐒺𐒻𐒼𐒽𐒾𐒿𐓀𐓁𐓂𐓃𐓄𐓅𐓆𐓇𐓈𐓉𐓊𐓋𐓌𐓍𐓎𐓏𐓐𐓑𐓒𐓓𐕰𐕱𐕲𐕳𐕴𐕵𐕶𐕷𐕸𐕹𐕺𐕼𐕽𐕾𐕿𐖀𐖁𐖂𐖃𐖄'
        '𐖅𐖆𐖇𐖈𐖉𐖊𐖌𐖍𐖎𐖏𐖐𐖑𐖒𐖔𐖕𐲀𐲁𐲂𐲃𐲄𐲅𐲆𐲇𐲈𐲉𐲊𐲋𐲌𐲍𐲎𐲏𐲐𐲑𐲒𐲓𐲔𐲕𐲖𐲗𐲘𐲙𐲚𐲛𐲜𐲝𐲞𐲟𐲠𐲡𐲢'
        '𐲣𐲤𐲥𐲦𐲧𐲨𐲩𐲪𐲫𐲬𐲭𐲮𐲯𐲰𐲱𐲲𐵐𐵑𐵒𐵓𐵔𐵕𐵖𐵗𐵘𐵙𐵚𐵛𐵜𐵝𐵞𐵟𐵠𐵡𐵢𐵣𐵤𐵥𐵮𐺭𑢠𑢡𑢢𑢣𑢤𑢥𑢦𑢧𑢨𑢩'
        '𑢪𑢫𑢬𑢭𑢮𑢯𑢰𑢱𑢲𑢳𑢴𑢵𑢶𑢷𑢸𑢹𑢺𑢻𑢼𑢽𑢾𑢿𖹀𖹁𖹂𖹃𖹄𖹅𖹆𖹇𖹈𖹉𖹊𖹋𖹌𖹍𖹎𖹏𖹐𖹑𖹒𖹓𖹔𖹕𖹖𖹗𖹘𖹙𖹚𖹛'
        '𖹜𖹝𖹞𖹟𖺠𖺡𖺢𖺣𖺤𖺥𖺦𖺧𖺨𖺩𖺪𖺫𖺬𖺭𖺮𖺯𖺰𖺱𖺲𖺳𖺴𖺵𖺶𖺷𖺸𞤀𞤁𞤂𞤃𞤄𞤅𞤆𞤇𞤈𞤉𞤊𞤋𞤌𞤍𞤎𞤏𞤐𞤑𞤒𞤓𞤔'
        '𞤕𞤖𞤗𞤘𞤙𞤚𞤛𞤜𞤝𞤞𞤟𞤠𞤡',
        '""ooddill----''''''"""''''-абвгдежзиклмнопрстуфхцчшщъыьэюяαβγδεζηθικλμνξοπρστυφχψωσddhhnnttbbbbƅɔccddddǝə'
        'ɛffgɣɩikklɯnnoƣppʀƨʃtttʊvyyzzʒƹƽggƿȝnzzjaccltszɂbuʌeejjqqrryybddghilnortuv''''''''''''''"pỻỽỿ-''"''''-/ⅎↄ/~lll'
        'prathhkkzzɑɱɐɒwwⱶsz------"""ꜣꜥꜧꜫꜭꜯꜿkkkkkkꝇllooooppppꝕqqꝙꝛꝝvvꝣꝥꝧꝩꝫꝭꝯꝺꝼᵹꝿꞁꞃꞅꞇ''''ɥꞑccꞗꞙꞛꞝꞟggkknnrrsshɜɡɬ'
        'ɪʞʇʝꭓꞵꞷꞹꞻꞽꞿꟁꟃꞔʂᶎddꟊɤꟍ꟏ꟑꟓꟕꟗꟙꟛƛsꟶͱͳͷϳϗϙϛϝϟϡϣϥϧϩϫϭϯϸϻͻͼͽђєѕіјљњћџѡѣѥѧѩѫѭѯѱѳѵѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵ'
        'ҷҹһҽҿӏӄӆӈӊӌӎӕәӡөӷӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ--''"ⴀⴁⴂⴃⴄⴅⴆⴇⴈⴉⴊⴋⴌⴍ'
        'ⴎⴏⴐⴑⴒⴓⴔⴕⴖⴗⴘⴙⴚⴛⴜⴝⴞⴟⴠⴡⴢⴣⴤⴥⴧⴭꭰꭱꭲꭳꭴꭵꭶꭷꭸꭹꭺꭻꭼꭽꭾꭿꮀꮁꮂꮃꮄꮅꮆꮇꮈꮉꮊꮋꮌꮍꮎꮏꮐꮑꮒꮓꮔꮕꮖꮗꮘꮙꮚꮛꮜꮝꮞꮟꮠꮡꮢꮣꮤꮥꮦꮧꮨꮩꮪꮫꮬꮭꮮꮯꮰꮱꮲꮳꮴꮵꮶꮷꮸꮹ'
        'ꮺꮻꮼꮽꮾꮿᏸᏹᏺᏻᏼᏽ--вдосттъѣꙋᲊაბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰჱჲჳჴჵჶჷჸჹჺჽჾჿⰰⰱⰲⰳⰴⰵⰶⰷⰸⰹⰺⰻⰼⰽⰾⰿⱀⱁⱂⱃⱄⱅⱆⱇⱈⱉⱊⱋⱌⱍ'
        'ⱎⱏⱐⱑⱒⱓⱔⱕⱖⱗⱘⱙⱚⱛⱜⱝⱞⱟⲁⲃⲅⲇⲉⲋⲍⲏⲑⲓⲕⲗⲙⲛⲝⲟⲡⲣⲥⲧⲩⲫⲭⲯⲱⲳⲵⲷⲹⲻⲽⲿⳁⳃⳅⳇⳉⳋⳍⳏⳑⳓⳕⳗⳙⳛⳝⳟⳡⳣⳬⳮⳳꙁꙃꙅꙇꙉꙋꙍꙏꙑꙓꙕꙗꙙꙛꙝꙟꙡꙣꙥꙧꙩꙫꙭꚁꚃꚅꚇꚉꚋ'
        'ꚍꚏꚑꚓꚕꚗꚙꚛ𐐨𐐩𐐪𐐫𐐬𐐭𐐮𐐯𐐰𐐱𐐲𐐳𐐴𐐵𐐶𐐷𐐸𐐹𐐺𐐻𐐼𐐽𐐾𐐿𐑀𐑁𐑂𐑃𐑄𐑅𐑆𐑇𐑈𐑉𐑊𐑋𐑌𐑍𐑎𐑏𐓘𐓙𐓚𐓛𐓜𐓝'
        '𐓞𐓟𐓠𐓡𐓢𐓣𐓤𐓥𐓦𐓧𐓨𐓩𐓪𐓫𐓬𐓭𐓮𐓯𐓰𐓱𐓲𐓳𐓴𐓵𐓶𐓷𐓸𐓹𐓺𐓻𐖗𐖘𐖙𐖚𐖛𐖜𐖝𐖞𐖟𐖠𐖡𐖣𐖤𐖥𐖦𐖧𐖨𐖩𐖪𐖫'
        '𐖬𐖭𐖮𐖯𐖰𐖱𐖳𐖴𐖵𐖶𐖷𐖸𐖹𐖻𐖼𐳀𐳁𐳂𐳃𐳄𐳅𐳆𐳇𐳈𐳉𐳊𐳋𐳌𐳍𐳎𐳏𐳐𐳑𐳒𐳓𐳔𐳕𐳖𐳗𐳘𐳙𐳚𐳛𐳜𐳝𐳞𐳟𐳠𐳡𐳢'
        '𐳣𐳤𐳥𐳦𐳧𐳨𐳩𐳪𐳫𐳬𐳭𐳮𐳯𐳰𐳱𐳲𐵰𐵱𐵲𐵳𐵴𐵵𐵶𐵷𐵸𐵹𐵺𐵻𐵼𐵽𐵾𐵿𐶀𐶁𐶂𐶃𐶄𐶅--𑣀𑣁𑣂𑣃𑣄𑣅𑣆𑣇𑣈𑣉𑣊'
        '𑣋𑣌𑣍𑣎𑣏𑣐𑣑𑣒𑣓𑣔𑣕𑣖𑣗𑣘𑣙𑣚𑣛𑣜𑣝𑣞𑣟𖹠𖹡𖹢𖹣𖹤𖹥𖹦𖹧𖹨𖹩𖹪𖹫𖹬𖹭𖹮𖹯𖹰𖹱𖹲𖹳𖹴𖹵𖹶𖹷𖹸𖹹𖹺𖹻𖹼'
        '𖹽𖹾𖹿𖺻𖺼𖺽𖺾𖺿𖻀𖻁𖻂𖻃𖻄𖻅𖻆𖻇𖻈𖻉𖻊𖻋𖻌𖻍𖻎𖻏𖻐𖻑𖻒𖻓𞤢𞤣𞤤𞤥𞤦𞤧𞤨𞤩𞤪𞤫𞤬𞤭𞤮𞤯𞤰𞤱𞤲𞤳𞤴𞤵𞤶𞤷'
        '𞤸𞤹𞤺𞤻𞤼𞤽𞤾𞤿𞥀𞥁𞥂𞥃')));
  END LOOP;
  RETURN folded;
END $$;

-- The LIKE pattern of a search comes folded.
DROP FUNCTION search_pattern(text);

-- How names are compared: folded, without outer white space, and with one space for white space inside.
CREATE OR REPLACE FUNCTION folded_name(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN btrim(regexp_replace(search_fold(name), '[ \t-\r]+', ' ', 'g'));

-- Values as numbers and instants

-- Without the white space that JavaScript's trim removes.
CREATE FUNCTION trimmed(input text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN btrim(input, U&' \0009\000A\000B\000C\000D\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000\FEFF');

-- A JSON number, or a string that is a plain decimal or exponent number, outer white space apart. A leading zero or plus
-- makes it a code or a phone number, which is text. The pattern and the length limit keep the cast from failing.
CREATE OR REPLACE FUNCTION value_number(value jsonb) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE jsonb_typeof(value)
  WHEN 'number' THEN (value #>> '{}')::numeric
  WHEN 'string' THEN CASE
    WHEN length(value #>> '{}') <= 300 AND value #>> '{}' COLLATE "C" ~
      '^[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]*-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]*$'
    THEN trimmed(value #>> '{}')::numeric END
END;

-- An RFC 3339 date or date-time string (with `t`, a space or no seconds too; UTC without an offset) as seconds since
-- 1970-01-01T00:00:00Z, outer white space apart. Computed, because a cast to timestamptz fails on 30 February and depends
-- on the session.
CREATE OR REPLACE FUNCTION value_instant(value jsonb) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  input text;
  part  text[];
  year  integer;
  month integer;
  day   integer;
BEGIN
  IF jsonb_typeof(value) <> 'string' THEN RETURN NULL; END IF;
  input := value #>> '{}';
  IF length(input) NOT BETWEEN 10 AND 300 OR input COLLATE "C" !~ '[0-9]{4}-[0-9]{2}-[0-9]{2}' THEN RETURN NULL; END IF;
  part := regexp_match(public.trimmed(input) COLLATE "C",
    '^(?!0000)([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(?:[Tt ]([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9](?:\.[0-9]+)?))?(?:[Zz]|([+-])([01][0-9]|2[0-3])(?::?([0-5][0-9]))?)?)?$');
  IF part IS NULL THEN RETURN NULL; END IF;
  year := part[1];
  month := part[2];
  day := part[3];
  IF (day > CASE
    WHEN month IN (4, 6, 9, 11) THEN 30
    WHEN month <> 2 THEN 31
    WHEN year % 4 = 0 AND (year % 100 <> 0 OR year % 400 = 0) THEN 29
    ELSE 28 END)
  THEN RETURN NULL; END IF;
  RETURN (make_date(year, month, day) - date '1970-01-01') * 86400::numeric
    + coalesce(part[4]::integer, 0) * 3600 + coalesce(part[5]::integer, 0) * 60
    + coalesce(part[6]::numeric, 0)
    - CASE WHEN part[7] = '-' THEN -1 ELSE 1 END
      * (coalesce(part[8]::integer, 0) * 3600 + coalesce(part[9]::integer, 0) * 60);
END $$;

-- E-mail addresses and phone numbers

-- By what e-mail addresses are equal: without case and outer white space; null for a text without @.
CREATE FUNCTION email_key(input text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN position('@' IN input) > 0 THEN lower(trimmed(input) COLLATE "C") END;

-- By what phone numbers are equal: the digits without leading zeros; null for a text with letters or fewer than 7 digits.
CREATE FUNCTION phone_key(input text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN length(input) BETWEEN 7 AND 200 AND input COLLATE "C" !~ '[A-Za-z@]'
  THEN substring(ltrim(regexp_replace(input COLLATE "C", '[^0-9]', '', 'g'), '0') FROM '^.{7,}$') END;

-- Whether two keys are of one number: one of them may lack the country's part.
CREATE FUNCTION phones_match(a text, b text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN right(a, least(length(a), length(b))) = right(b, least(length(a), length(b)));

CREATE INDEX contact_email_idx ON contact (workspace_id, email_key(email));
CREATE INDEX contact_phone_idx ON contact (workspace_id, right(phone_key(phone), 7));

-- The search text and the value index of existing items

ALTER TABLE item DROP COLUMN search;
ALTER TABLE item ADD COLUMN search text GENERATED ALWAYS AS (item_search(title, "values")) STORED;
CREATE INDEX item_content_idx ON item
  USING gin (workspace_id, board_id, search gin_trgm_ops, "values" jsonb_path_ops, labels)
  WITH (gin_pending_list_limit = 256);

TRUNCATE item_value;
INSERT INTO item_value (workspace_id, board_id, key, reading, number, text, item_id)
SELECT i.workspace_id, i.board_id, v.key, v.reading, v.number, v.text, i.id
FROM item i CROSS JOIN LATERAL item_value_rows(i."values") v;

-- E-mail addresses and phone numbers under any key of a board's items.
CREATE INDEX item_value_email_idx ON item_value (workspace_id, board_id, key, email_key(text), item_id)
  WHERE reading = 't' AND email_key(text) IS NOT NULL;
CREATE INDEX item_value_phone_idx ON item_value
  (workspace_id, board_id, key, right(phone_key(CASE reading WHEN 't' THEN text ELSE number::text END), 7), item_id)
  WHERE reading IN ('n', 't') AND phone_key(CASE reading WHEN 't' THEN text ELSE number::text END) IS NOT NULL;
