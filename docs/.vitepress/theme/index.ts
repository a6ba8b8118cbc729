import theme from 'vitepress/theme-without-fonts';
import './style.css';

// Without fonts: the reader's own are there at once, and the site loads nothing for them.
export default theme;
